// Writes what cdk-monitoring-constructs makes of an inventory, into a folder.
//
//   node peer.mjs <inventory.json> <folder> whole|split|alarms
//
// whole: every function in one stack with its dashboard, as its readme shows.
// split: the same in as many stacks as CloudFormation and CloudWatch ask for.
// alarms: the alarms alone, without a dashboard.
//
// Each function has the three alarms that cutover gives it: the same metrics,
// thresholds, periods, treatment of missing data, runbook and topic.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";

const [inventoryPath, folder, way] = process.argv.slice(2);
// The packages lie where the benchmark has installed them, not beside this file.
const packages = createRequire(resolve("package.json"));
const { App, Duration, Stack } = packages("aws-cdk-lib");
const { TreatMissingData } = packages("aws-cdk-lib/aws-cloudwatch");
const { Function: LambdaFunction } = packages("aws-cdk-lib/aws-lambda");
const { Topic } = packages("aws-cdk-lib/aws-sns");
const { DefaultDashboardFactory, MonitoringFacade, SnsAlarmActionStrategy } = packages("cdk-monitoring-constructs");

// At three alarms and seven widgets a function, 500 resources allow 165 of them and 500 widgets 71; what they write passes
// 1 MB of a template at 66 already. Sources: CloudFormation quotas, CloudWatch service quotas.
const PER_STACK = 65;
const RUNBOOKS = "https://github.com/example/lego-api/blob/main/docs/runbooks";

/** @param {{ name: string, timeout_seconds: number }} fn */
function alarmsOf(fn) {
  const common = (id, minutes, datapoints, of) => ({
    alarmNameOverride: `LEGO-API-production-${id}-${fn.name}`,
    runbookLink: `${RUNBOOKS}/${id}.md`,
    treatMissingDataOverride: TreatMissingData.NOT_BREACHING,
    period: Duration.minutes(minutes),
    datapointsToAlarm: datapoints,
    evaluationPeriods: of,
  });
  return {
    addFaultRateAlarm: { Critical: { ...common("lambda-error-rate", 5, 1, 1), maxErrorRate: 0.05 } },
    addThrottlesCountAlarm: { Warning: { ...common("lambda-throttles", 5, 1, 1), maxErrorCount: 10 } },
    addMaxLatencyAlarm: {
      Warning: {
        ...common("lambda-near-timeout", 1, 3, 5),
        maxLatency: Duration.millis(fn.timeout_seconds * 900),
      },
    },
  };
}

function watch(app, id, functions) {
  const stack = new Stack(app, id, { env: { account: "123456789012", region: "us-east-1" }, analyticsReporting: false });
  const topic = new Topic(stack, "Alerts", { topicName: `lego-api-serverless-alerts-${id.toLowerCase()}` });
  const facade = new MonitoringFacade(stack, "Monitoring", {
    alarmFactoryDefaults: {
      alarmNamePrefix: "LEGO-API-production",
      actionsEnabled: true,
      action: new SnsAlarmActionStrategy({ onAlarmTopic: topic, onOkTopic: topic }),
    },
    dashboardFactory: new DefaultDashboardFactory(stack, "Dashboards", {
      dashboardNamePrefix: `LEGO-API-${id}`,
      createDashboard: way !== "alarms",
    }),
  });
  for (const fn of functions) {
    facade.monitorLambdaFunction({
      lambdaFunction: LambdaFunction.fromFunctionName(stack, fn.name, fn.name),
      humanReadableName: fn.name,
      alarmFriendlyName: fn.name,
      isIterator: false, // it answers an API, and reads from no stream
      ...alarmsOf(fn),
    });
  }
}

const { functions } = JSON.parse(readFileSync(inventoryPath, "utf8"));
// CDK refuses a stack of more than 500 resources. To see what would be written, the check is off.
const app = new App({ outdir: folder, context: way === "split" ? {} : { "@aws-cdk/core:stackResourceLimit": 0 } });
if (way === "split") {
  for (let at = 0; at < functions.length; at += PER_STACK) watch(app, `Part${at / PER_STACK}`, functions.slice(at, at + PER_STACK));
} else {
  watch(app, "Production", functions);
}
app.synth();
