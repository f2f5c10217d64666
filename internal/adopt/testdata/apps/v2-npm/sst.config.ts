import { SSTConfig } from "sst";
import { API } from "./stacks/api";

export default {
  config(_input) {
    return {
      name: "bricks",
      region: "us-west-2", // near the sea
    };
  },
  stacks(app) {
    app.stack(API);
  },
} satisfies SSTConfig;
