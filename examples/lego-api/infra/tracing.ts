// Turns tracing on for every function of the app, however it is made. sst.config.ts hands this to $transform, which SST
// calls for each sst.aws.Function before it exists: those that a route or a bucket makes as well.

type Change = Partial<Resource> | ((args: Resource, opts: unknown, name: string) => void);

/** What is used of an aws.lambda.Function. */
export interface Resource {
  tracingConfig?: { mode: string };
}

/** What is used of an sst.aws.Function's arguments. Its own types exist only after "sst install". */
export interface FunctionArgs {
  environment?: unknown;
  permissions?: unknown;
  layers?: unknown;
  transform?: { function?: Change };
}

export interface Settings {
  readonly project: string;
  readonly stage: string;
  /** An OpenTelemetry layer for those who want one. Without it the app's own src/tracing does it all. */
  readonly layer?: string | undefined;
  /** Salt and form of user ids, where they are set. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Pulumi's output(): of a value, or of one that is known only once something else was deployed. */
type Output = <T>(value: unknown) => { apply(f: (value: T) => T): unknown };
type Variables = Readonly<Record<string, unknown>>;

const HANDED_ON = ["TRACING_USER_ID", "TRACING_SALT"];
const LAYER = /^arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:layer:[\w-]+:\d+$/;
// Source: AWS Distro for OpenTelemetry, "Lambda", where its layer is turned on.
const WRAPPER = { AWS_LAMBDA_EXEC_WRAPPER: "/opt/otel-instrument" };

/** Changes the arguments of one function. */
export function traceFunction(args: FunctionArgs, { project, stage, layer, env }: Settings, output: Output): void {
  if (layer && !LAYER.test(layer)) {
    throw new Error(`TRACING_LAYER_ARN must be the ARN of one version of a layer, not "${layer}"`);
  }
  const handedOn = Object.fromEntries(Object.entries(env).filter(([name, value]) => HANDED_ON.includes(name) && value));
  const environment = { TRACING_PROJECT: project, TRACING_STAGE: stage, ...handedOn, ...(layer && WRAPPER) };
  args.environment = output<Variables>(args.environment ?? {}).apply((own) => ({ ...own, ...environment }));
  // What Lambda itself needs to send a function's segments, and what the daemon beside it sends for us.
  const permission = { actions: ["xray:PutTraceSegments", "xray:PutTelemetryRecords"], resources: ["*"] };
  args.permissions = output<unknown[]>(args.permissions ?? []).apply((own) => [...own, permission]);
  if (layer) args.layers = output<unknown[]>(args.layers ?? []).apply((own) => [...own, layer]);
  const own = args.transform?.function;
  args.transform = {
    ...args.transform,
    // After a function's own changes, so that none of them turns it off again.
    function: (resource, opts, name) => {
      if (typeof own === "function") own(resource, opts, name);
      else Object.assign(resource, own);
      resource.tracingConfig = { mode: "Active" };
    },
  };
}
