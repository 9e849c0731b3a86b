"""boto3 with a profile of the shared configuration: where its credentials come from, and who it is with them."""

import json
import sys

import boto3

session = boto3.Session(profile_name=sys.argv[1])
method = session.get_credentials().method
caller = session.client("sts").get_caller_identity()
print(json.dumps({"method": method, "account": caller["Account"], "arn": caller["Arn"]}))
