export default $config({
  app() {
    return { name: `hello-${process.env.TEAM}`, home: "aws" };
  },
  async run() {
    new sst.aws.Function("Hello", { handler: "src/hello.handler", url: true });
  },
});
