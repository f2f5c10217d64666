// Stand-ins for SST's components, which only write down what they are given.

export interface FunctionArgs {
  readonly name: string;
  readonly handler: string;
  readonly bundle?: string;
  readonly architecture: string;
  readonly link?: unknown[];
  readonly layers?: unknown[];
  readonly permissions?: unknown[];
  readonly environment: Record<string, unknown>;
  readonly transform?: { function?: unknown };
}

/** What becomes of a function in Lambda, after its component has had its way with it. */
interface Lambda {
  readonly tracingConfig?: { mode: string };
}

export interface Declared {
  api: { args: Record<string, unknown>; deployed: boolean } | undefined;
  readonly routes: Map<string, FunctionArgs | string>;
  readonly functions: FunctionArgs[];
  readonly lambdas: Map<string, Lambda>;
  readonly notifications: unknown[];
  /** What each function's own role is made with. */
  readonly roles: RoleArgs[];
}

export const nothing = (): Declared => ({
  api: undefined,
  routes: new Map(),
  functions: [],
  lambdas: new Map(),
  notifications: [],
  roles: [],
});

type Transform = (args: FunctionArgs) => void;

/** A role as the provider makes it. */
export interface RoleArgs {
  permissionsBoundary?: string;
}

/** SST's own: it runs what was registered for a component before each of them exists. Source: its components/component.ts. */
export function standIns(declared: Declared, extra: () => void): { sst: unknown; aws: unknown; $transform: unknown } {
  const transforms: Transform[] = [];
  const roles: ((args: RoleArgs) => void)[] = [];
  const make = (given: FunctionArgs): FunctionArgs => {
    const args = { ...given };
    for (const transform of transforms) transform(args);
    const resource: Lambda = {};
    const change = args.transform?.function;
    if (typeof change === "function") (change as (r: Lambda, o: unknown, n: string) => void)(resource, {}, args.name);
    else Object.assign(resource, change);
    const role: RoleArgs = {};
    for (const transform of roles) transform(role);
    declared.roles.push(role);
    declared.functions.push(args);
    declared.lambdas.set(args.name, resource);
    return args;
  };
  class Bucket {
    readonly name = "images-bucket";
    notify(args: unknown): void {
      declared.notifications.push(args);
    }
  }
  class Secret {
    readonly value: string;
    constructor(name: string, placeholder: string) {
      this.value = process.env[`SST_SECRET_${name}`] ?? placeholder;
    }
  }
  const nodesOf = (fn: string) => ({ logGroup: { apply: (f: (group: string) => unknown) => f(`logs of ${fn}`) } });
  class Function {
    readonly arn: string;
    readonly name: string;
    readonly nodes: unknown;
    constructor(_name: string, args: FunctionArgs) {
      make(args);
      this.arn = `arn:${args.name}`;
      this.name = args.name;
      this.nodes = nodesOf(args.name);
    }
  }
  class ApiGatewayV1 {
    readonly nodes = { domainName: { regionalDomainName: "d-1.execute-api", regionalZoneId: "Z1" } };
    readonly url = "https://api.test/production/";
    constructor(_name: string, args: Record<string, unknown>) {
      declared.api = { args, deployed: false };
    }
    route(route: string, handler: FunctionArgs | string): unknown {
      if (declared.api?.deployed) throw new Error("a route after deploy() is never served");
      if (declared.routes.has(route)) throw new Error(`${route} is there twice`);
      declared.routes.set(route, handler);
      if (typeof handler === "string") return {};
      make(handler);
      return { nodes: { function: { name: handler.name, nodes: nodesOf(handler.name) } } };
    }
    deploy(): void {
      if (declared.api) declared.api.deployed = true;
      extra();
    }
  }
  const Role = Symbol("aws.iam.Role");
  const $transform = (component: unknown, transform: (args: never) => void): void => {
    if (component === Function) transforms.push(transform as Transform);
    else if (component === Role) roles.push(transform as (args: RoleArgs) => void);
    else throw new Error("only functions and roles are transformed here");
  };
  return { sst: { aws: { Bucket, Function, ApiGatewayV1 }, Secret }, aws: { iam: { Role } }, $transform };
}
