export default $config({
  app(input) {
    return { name: "orders", home: "aws", providers: { aws: { region: "us-east-1" } } };
  },
  async run() {
    if (process.env.APP_BOUNDARY) {
      $transform(aws.iam.Role, (args) => {
        args.permissionsBoundary = process.env.APP_BOUNDARY;
      });
    }
    const api = new sst.aws.ApiGatewayV2("Api", {
      domain: $app.stage === "production" ? { name: "api.orders.shop", dns: false } : undefined,
    });
    api.route("GET /health", { bundle: "dist/functions/health", handler: "index.handler" });
  },
});
