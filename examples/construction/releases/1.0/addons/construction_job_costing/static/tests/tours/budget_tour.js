import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

registry.category("web_tour.tours").add("construction_job_costing_budget", {
    url: "/odoo",
    steps: () => [
        stepUtils.showAppsMenuItem(),
        {
            content: "Open the construction app",
            trigger: ".o_app[data-menu-xmlid='construction_job_costing.menu_construction_root']",
            run: "click",
        },
        {
            content: "Add a budget line",
            trigger: ".o_list_button_add",
            run: "click",
        },
        {
            content: "Choose the job",
            trigger: ".o_selected_row .o_field_widget[name=project_id] input",
            run: "edit Harbour office",
        },
        {
            trigger: ".ui-autocomplete .o-autocomplete--dropdown-item:contains('Harbour office')",
            run: "click",
        },
        {
            content: "Choose the cost code",
            trigger: ".o_selected_row .o_field_widget[name=cost_code_id] input",
            run: "edit T01-100",
        },
        {
            trigger: ".ui-autocomplete .o-autocomplete--dropdown-item:contains('Site huts')",
            run: "click",
        },
        {
            content: "Enter the budget",
            trigger: ".o_selected_row .o_field_widget[name=amount] input",
            run: "edit 2500",
        },
        {
            trigger: ".o_list_button_save",
            run: "click",
        },
        {
            content: "It is saved",
            trigger: ".o_data_row:contains('Site huts'):not(.o_selected_row)",
        },
    ],
});
