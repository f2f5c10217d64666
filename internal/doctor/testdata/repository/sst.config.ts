export default $config({ app: () => ({ name: "lego-api", home: "aws" }), async run() {} });
