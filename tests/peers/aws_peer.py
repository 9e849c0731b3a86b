"""AWS as moto knows it, with authorisation, and judges of the texts that make its roles: cfn-lint and python-hcl2.

Prints {"port": N}, then answers one JSON object a line: check (the texts), make (the roles of an account, through the IAM API
from the CloudFormation text), script (the text for the AWS command line, run with it), roles (what there is), try (what credentials may do).
"""

import json
import os
import subprocess
import sys
from pathlib import Path

os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"

import boto3  # noqa: E402
import hcl2  # noqa: E402
from botocore.exceptions import ClientError  # noqa: E402
from cfnlint.api import lint  # noqa: E402
from moto import settings  # noqa: E402
from moto.core import DEFAULT_ACCOUNT_ID  # noqa: E402
from moto.server import ThreadedMotoServer  # noqa: E402
from moto.sts.models import sts_backends  # noqa: E402

server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
host, port = server.get_host_and_port()
at = {"region_name": "us-east-1", "endpoint_url": f"http://{host}:{port}"}


def client(service, credentials):
    return boto3.client(
        service,
        **at,
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
    )


def of_account(service, account):
    nobody = {"AccessKeyId": "none", "SecretAccessKey": "none", "SessionToken": None}
    role = f"arn:aws:iam::{account}:role/whoever-runs-it"
    given = client("sts", nobody).assume_role(RoleArn=role, RoleSessionName="setup")
    return client(service, given["Credentials"])


def check(cloudformation, terraform):
    problems = [str(problem) for problem in lint(cloudformation, regions=["us-east-1"])]
    blocks = hcl2.loads(terraform)
    resources = [kind for block in blocks["resource"] for kind in block]
    return {"problems": problems, "resources": [kind.strip('"') for kind in resources]}


def filled(value, account, parameters):
    """CloudFormation's own functions, as far as our text has them."""
    again = lambda inner: filled(inner, account, parameters)
    if isinstance(value, list):
        return [again(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "Fn::Sub" in value:
        return value["Fn::Sub"].replace("${AWS::Partition}", "aws").replace("${AWS::AccountId}", account)
    if "Fn::If" in value:
        condition, yes, no = value["Fn::If"]
        holds = {
            "HasEmergencyPrincipal": parameters["EmergencyPrincipalArn"] != "",
            "MakeProvider": parameters["CreateProvider"] == "yes",
        }
        return again(yes if holds[condition] else no)
    if "Ref" in value:
        return parameters[value["Ref"]]
    return {key: again(inner) for key, inner in value.items()}


def make(account, template):
    template = json.loads(template)
    parameters = {name: one["Default"] for name, one in template["Parameters"].items()}
    parameters["EmergencyPrincipalArn"] = f"arn:aws:iam::{account}:user/on-call"
    iam, made = of_account("iam", account), []
    # What is referred to is made first.
    for name, resource in sorted(template["Resources"].items(), key=lambda one: one[0] != "SamlProvider"):
        given = filled(resource["Properties"], account, parameters)
        if resource["Type"] == "AWS::IAM::SAMLProvider":
            created = iam.create_saml_provider(Name=given["Name"], SAMLMetadataDocument=given["SamlMetadataDocument"])
            parameters[name] = created["SAMLProviderArn"]
            continue
        assert resource["Type"] == "AWS::IAM::Role", resource["Type"]
        attached = given.pop("ManagedPolicyArns", [])
        inline = given.pop("Policies", [])
        trust = json.dumps(given.pop("AssumeRolePolicyDocument"))
        role = iam.create_role(AssumeRolePolicyDocument=trust, **given)["Role"]
        # This call looks at the document; the one that makes the role does not.
        iam.update_assume_role_policy(RoleName=role["RoleName"], PolicyDocument=trust)
        for arn in attached:
            iam.attach_role_policy(RoleName=role["RoleName"], PolicyArn=arn)
        for policy in inline:
            document = json.dumps(policy["PolicyDocument"])
            iam.put_role_policy(RoleName=role["RoleName"], PolicyName=policy["PolicyName"], PolicyDocument=document)
        made.append(role["Arn"])
    return {"made": made}


def script(account, text, emergency):
    nobody = {"AccessKeyId": "none", "SecretAccessKey": "none", "SessionToken": None}
    role = f"arn:aws:iam::{account}:role/whoever-runs-it"
    given = client("sts", nobody).assume_role(RoleArn=role, RoleSessionName="setup")["Credentials"]
    environment = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "AWS_ENDPOINT_URL": at["endpoint_url"],
        "AWS_DEFAULT_REGION": at["region_name"],
        "AWS_ACCESS_KEY_ID": given["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": given["SecretAccessKey"],
        "AWS_SESSION_TOKEN": given["SessionToken"],
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "NO_PROXY": "127.0.0.1",
        "SIGNET_EMERGENCY_PRINCIPAL_ARN": emergency,
    }
    done = subprocess.run(["bash"], input=text, text=True, env=environment, capture_output=True)
    return {"code": done.returncode, "said": done.stdout + done.stderr}


def roles(account):
    """Every role as IAM has it."""
    iam, seen = of_account("iam", account), {}
    for role in iam.list_roles()["Roles"]:
        name = role["RoleName"]
        whole = iam.get_role(RoleName=name)["Role"]
        attached = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
        inline = iam.list_role_policies(RoleName=name)["PolicyNames"]
        seen[name] = {
            "path": whole["Path"],
            "longest": whole["MaxSessionDuration"],
            "description": whole.get("Description", ""),
            "trust": whole["AssumeRolePolicyDocument"],
            "boundary": whole.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"),
            "tags": {tag["Key"]: tag["Value"] for tag in iam.list_role_tags(RoleName=name)["Tags"]},
            "attached": sorted(policy["PolicyArn"] for policy in attached),
            "inline": {each: iam.get_role_policy(RoleName=name, PolicyName=each)["PolicyDocument"] for each in inline},
        }
    return {"roles": seen}


CALLS = {
    "s3": ("s3", lambda of: of.list_buckets()),
    "rds": ("rds", lambda of: of.describe_db_instances()),
    "ec2": ("ec2", lambda of: of.describe_instances()),
    "iam": ("iam", lambda of: of.list_users()),
}


def in_its_account():
    """moto keeps what AssumeRoleWithSAML gives with its default account, and looks for it with the role's: AssumeRole does that."""
    for session in sts_backends[DEFAULT_ACCOUNT_ID]["aws"].assumed_roles:
        there = sts_backends[session.account_id]["aws"].assumed_roles
        if session not in there:
            there.append(session)


def attempt(credentials):
    in_its_account()
    settings.INITIAL_NO_AUTH_ACTION_COUNT = 0
    seen = {}
    for name, (service, call) in CALLS.items():
        try:
            call(client(service, credentials))
            seen[name] = "allowed"
        except ClientError as error:
            seen[name] = error.response["Error"]["Code"]
    settings.INITIAL_NO_AUTH_ACTION_COUNT = float("inf")
    return seen


print(json.dumps({"port": port}), flush=True)
for line in sys.stdin:
    request = json.loads(line)
    answers = {"check": check, "make": make, "script": script, "roles": roles, "try": attempt}
    print(json.dumps(answers[request.pop("do")](**request)), flush=True)
server.stop()
