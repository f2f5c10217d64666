import { Api, StackContext } from "sst/constructs";

export function API({ stack }: StackContext) {
  const api = new Api(stack, "api", {
    customDomain: stack.stage === "production" ? "api.bricks.dev" : undefined,
    routes: { "GET /health": "src/health.handler" },
  });
  stack.addOutputs({ url: api.url });
}
