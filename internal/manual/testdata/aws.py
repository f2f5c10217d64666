"""Prints the options of AWS operations, a line each, as AWS's command line has them.

It reads the models of botocore, which moto brings along (tools/moto). What the
command line has beyond them, such as s3 cp, stands below by hand.
Source: AWS CLI Command Reference.
"""

import sys

import botocore.session
from botocore import xform_name

BY_HAND = {
    "s3 cp": "recursive exclude include sse sse-kms-key-id dryrun quiet only-show-errors expected-size",
    "s3 ls": "recursive human-readable summarize",
    "s3 rm": "recursive exclude include dryrun quiet",
    "s3 sync": "delete exclude include dryrun quiet only-show-errors",
    "cloudformation deploy": "stack-name template-file s3-bucket s3-prefix capabilities parameter-overrides role-arn tags no-execute-changeset no-fail-on-empty-changeset fail-on-empty-changeset",
    "sso login": "sso-session no-browser use-device-code",
    "logs tail": "since follow format filter-pattern log-stream-names log-stream-name-prefix",
    "configure list": "",
}
# Shorthands that only the command line has.
MORE = {"cloudwatch put-metric-data": "metric-name timestamp unit value dimensions statistic-values storage-resolution"}
MODELS = {"logs": "logs", "s3api": "s3", "configservice": "config", "deploy": "codedeploy"}


def options(session, name):
    if name in BY_HAND:
        return BY_HAND[name].split()
    words = name.split()
    service = MODELS.get(words[0], words[0])
    model = session.get_service_model(service)
    operation = words[1]
    if operation == "wait":
        waiters = session.get_waiter_model(service)
        found = [w for w in waiters.waiter_names if xform_name(w, "-") == words[2]]
        operation = xform_name(waiters.get_waiter(found[0]).operation, "-")
    for candidate in model.operation_names:
        if xform_name(candidate, "-") != operation:
            continue
        shape = model.operation_model(candidate).input_shape
        flags = []
        for member, kind in (shape.members if shape else {}).items():
            flag = xform_name(member, "-")
            flags.append(flag)
            if kind.type_name == "boolean":
                flags.append("no-" + flag)
        return sorted(flags + MORE.get(name, "").split())
    raise SystemExit(f"aws has no {name}")


def main():
    session = botocore.session.get_session()
    for name in sys.argv[1:]:
        try:
            print(name + ": " + " ".join(options(session, name)))
        except Exception as error:  # an unknown service, waiter or operation
            print(f"{name} is no operation: {error}", file=sys.stderr)


main()
