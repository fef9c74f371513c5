"""Every rule of the code analysis: a file each, and one tuple."""

from odoo_gate.security.code.rule import AddonRule, ReleaseRule
from odoo_gate.security.code.rules import (
    access_for_everyone,
    access_for_outsiders,
    code_from_data,
    company_not_checked,
    company_without_rule,
    html_not_sanitised,
    markup_built_from_strings,
    model_without_access,
    public_method_privileged,
    request_values_written,
    route_browses_request_id,
    route_cors_any,
    route_csrf_off,
    route_reaches_sudo,
    route_writes_on_get,
    rule_never_updated,
    sensitive_field_open,
    sql_built_from_strings,
    sudo_result_returned,
    template_raw_output,
    unsafe_loading,
    user_in_data,
)

RULES: tuple[AddonRule | ReleaseRule, ...] = (
    sql_built_from_strings.RULE,
    route_browses_request_id.RULE,
    route_reaches_sudo.RULE,
    route_csrf_off.RULE,
    route_writes_on_get.RULE,
    route_cors_any.RULE,
    request_values_written.RULE,
    sudo_result_returned.RULE,
    public_method_privileged.RULE,
    code_from_data.RULE,
    unsafe_loading.RULE,
    markup_built_from_strings.RULE,
    template_raw_output.RULE,
    html_not_sanitised.RULE,
    model_without_access.RULE,
    access_for_everyone.RULE,
    access_for_outsiders.RULE,
    company_without_rule.RULE,
    company_not_checked.RULE,
    sensitive_field_open.RULE,
    user_in_data.RULE,
    rule_never_updated.RULE,
)

__all__ = ["RULES"]
