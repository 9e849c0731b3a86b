"""moto's STS, over HTTP on loopback, and boto3 as its caller: a response in, what its credentials are good for out."""

import base64
import json
import sys
from pathlib import Path

import boto3
from moto.server import ThreadedMotoServer

folder, role_arn, principal_arn = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
response = (folder / "response.xml").read_bytes()

server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
host, port = server.get_host_and_port()
at = {"region_name": "us-east-1", "endpoint_url": f"http://{host}:{port}"}
given = boto3.client("sts", **at, aws_access_key_id="none", aws_secret_access_key="none").assume_role_with_saml(
    RoleArn=role_arn,
    PrincipalArn=principal_arn,
    SAMLAssertion=base64.b64encode(response).decode("ascii"),
)
credentials = given["Credentials"]
caller = boto3.client(
    "sts",
    **at,
    aws_access_key_id=credentials["AccessKeyId"],
    aws_secret_access_key=credentials["SecretAccessKey"],
    aws_session_token=credentials["SessionToken"],
).get_caller_identity()
server.stop()
print(json.dumps({"assumed": given["AssumedRoleUser"]["Arn"], "account": caller["Account"], "caller": caller["Arn"]}))
