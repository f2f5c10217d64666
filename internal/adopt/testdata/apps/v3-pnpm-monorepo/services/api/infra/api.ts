export const api = new sst.aws.ApiGatewayV2("Api");
api.route("GET /health", "src/health.handler");
