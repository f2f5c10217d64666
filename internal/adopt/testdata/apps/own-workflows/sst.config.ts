export default $config({
  app() {
    return { name: "notes", home: "aws", providers: { aws: { region: "eu-west-1" } } };
  },
  async run() {
    new sst.aws.ApiGatewayV2("Api").route("GET /health", "src/health.handler");
  },
});
