export default $config({
  app: (input) => ({
    name: 'library',
    home: 'aws',
  }),
  run: async () => {
    const api = new sst.aws.ApiGatewayV1("Api");
    api.route("GET /books", "src/books.handler");
    api.deploy();
  },
});
