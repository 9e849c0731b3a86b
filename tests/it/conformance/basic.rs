//! oidcc-basic-certification-test-plan: the answer in the query.

super::basic_list!(Query);
