import { readdirSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { type Env, NEEDS, storesOf } from "../../../infra/stores.ts";

const secrets = { databaseUrl: "secret:db", redisUrl: "secret:redis", cognitoClientSecret: "secret:cognito" };
const of = (name: string, env: Env = {}): ReturnType<typeof storesOf<string, string>> =>
  storesOf(name, { images: { link: "bucket", name: "images" }, secrets, env });

const ENV = {
  DATABASE_CA: "ca",
  OPENSEARCH_URL: "https://search",
  OPENSEARCH_ARN: "arn:aws:es:us-east-1:1:domain/lego",
  COGNITO_DOMAIN: "d",
  COGNITO_CLIENT_ID: "c",
  VPC_SUBNETS: "subnet-1, subnet-2",
  VPC_SECURITY_GROUPS: "sg-1",
  OTHER: "x",
};

describe("storesOf", () => {
  it("knows every handler, and no other", () => {
    const handlers = readdirSync(path.resolve(import.meta.dirname, "../../../src/handlers")).map((file) => path.parse(file).name);
    expect(Object.keys(NEEDS).sort()).toEqual(handlers.sort());
    expect(() => of("other")).toThrow("does not say which stores other needs");
  });

  it("gives a function what it needs", () => {
    const vpc = { privateSubnets: ["subnet-1", "subnet-2"], securityGroups: ["sg-1"] };
    expect(of("create-moc", ENV)).toEqual({
      environment: { DATABASE_URL: "secret:db", REDIS_URL: "secret:redis", DATABASE_CA: "ca", OPENSEARCH_URL: "https://search" },
      permissions: [
        {
          actions: ["es:ESHttpGet", "es:ESHttpHead", "es:ESHttpPost", "es:ESHttpPut"],
          resources: ["arn:aws:es:us-east-1:1:domain/lego", "arn:aws:es:us-east-1:1:domain/lego/*"],
        },
      ],
      vpc,
    });
    expect(of("image-uploaded", ENV)).toEqual({
      environment: { DATABASE_URL: "secret:db", REDIS_URL: "secret:redis", DATABASE_CA: "ca", IMAGES_BUCKET: "images" },
      link: ["bucket"],
      vpc,
    });
    expect(of("create-session", ENV)).toEqual({
      environment: { COGNITO_DOMAIN: "d", COGNITO_CLIENT_ID: "c", COGNITO_CLIENT_SECRET: "secret:cognito" },
    });
    expect(of("fallback", ENV)).toEqual({ environment: {} });
  });

  it("leaves out what nobody names", () => {
    expect(of("search-mocs")).toEqual({ environment: {} });
    expect(of("get-moc")).toEqual({ environment: { DATABASE_URL: "secret:db", REDIS_URL: "secret:redis" } });
  });

  it.each([{ VPC_SUBNETS: "subnet-1" }, { VPC_SECURITY_GROUPS: "sg-1", VPC_SUBNETS: " , " }])("refuses half a network: %o", (env) => {
    expect(() => of("get-moc", env)).toThrow("set both of VPC_SUBNETS and VPC_SECURITY_GROUPS, or neither");
  });
});
