"""pysaml2 as a service provider, in its strict mode: signatures as the case asks, an unsolicited response only where the
case has no request."""

import logging
import shutil

from peer import encoded, run
from saml2 import BINDING_HTTP_POST
from saml2.client import Saml2Client
from saml2.config import SPConfig

logging.disable(logging.CRITICAL)


def judge(case, metadata):
    config = SPConfig()
    config.load(
        {
            "entityid": case["entity_id"],
            "xmlsec_binary": shutil.which("xmlsec1"),
            "metadata": {"local": [str(metadata)]},
            "allow_unknown_attributes": True,
            "accepted_time_diff": 0,
            "service": {
                "sp": {
                    "endpoints": {"assertion_consumer_service": [(case["acs_url"], BINDING_HTTP_POST)]},
                    "want_response_signed": case["response_signed"],
                    "want_assertions_signed": case["assertion_signed"],
                    "allow_unsolicited": case["request_id"] is None,
                }
            },
        }
    )
    client = Saml2Client(config=config)
    outstanding = {case["request_id"]: "/"} if case["request_id"] else {}
    response = client.parse_authn_request_response(encoded(case), BINDING_HTTP_POST, outstanding=outstanding)
    if response is None:
        raise ValueError("refused without a reason")
    return {
        "name_id": response.name_id.text,
        "format": response.name_id.format,
        "attributes": response.ava,
    }


run(judge)
