/** The hosts that are this very machine, as URL spells them. */
export const isLoopback = (hostname: string): boolean => ["localhost", "127.0.0.1", "[::1]"].includes(hostname);
