/// <reference path="./.sst/platform/config.d.ts" />
export default $config({
  app(input) {
    return { name: "shop-api", home: "aws", providers: { aws: { region: "eu-central-1" } } };
  },
  async run() {
    await import("./infra/api");
  },
});
