//! oidcc-formpost-basic-certification-test-plan: the same modules, the answer by a form.

super::basic_list!(FormPost);
