"""python3-saml as a service provider: strict, with no clock forgiven, signatures as the case asks, InResponseTo checked."""

from urllib.parse import urlsplit

from onelogin.saml2.constants import OneLogin_Saml2_Constants
from onelogin.saml2.idp_metadata_parser import OneLogin_Saml2_IdPMetadataParser
from onelogin.saml2.response import OneLogin_Saml2_Response
from onelogin.saml2.settings import OneLogin_Saml2_Settings
from peer import encoded, run

OneLogin_Saml2_Constants.ALLOWED_CLOCK_DRIFT = 0  # in seconds; 300 by itself


def judge(case, metadata):
    settings = OneLogin_Saml2_IdPMetadataParser.parse(metadata.read_text("utf-8"))
    settings.update(
        {
            "strict": True,
            "sp": {
                "entityId": case["entity_id"],
                "assertionConsumerService": {
                    "url": case["acs_url"],
                    "binding": "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST",
                },
            },
            "security": {
                "wantMessagesSigned": case["response_signed"],
                "wantAssertionsSigned": case["assertion_signed"],
                "wantNameId": True,
                "rejectUnsolicitedResponsesWithInResponseTo": True,
                "rejectDeprecatedAlgorithm": True,
            },
        }
    )
    at = urlsplit(case["acs_url"])
    request = {"https": "on", "http_host": at.netloc, "script_name": at.path, "get_data": {}, "post_data": {}}
    response = OneLogin_Saml2_Response(OneLogin_Saml2_Settings(settings), encoded(case))
    response.is_valid(request, case["request_id"], raise_exceptions=True)
    return {
        "name_id": response.get_nameid(),
        "format": response.get_nameid_format(),
        "attributes": response.get_attributes(),
    }


run(judge)
