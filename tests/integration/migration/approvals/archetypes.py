"""What the addon works on: definitions of who approves what, and contacts with their papers."""

MODULES = ("base_tier_validation",)


def masters(world):
    model = world.env["ir.model"]._get("res.partner")
    reviewers = world.env.ref("base.group_system")
    for number in range(1, 4):
        world.env["tier.definition"].create(
            {
                "name": f"Tier {number}",
                "model_id": model.id,
                "review_type": "group",
                "reviewer_group_id": reviewers.id,
                "sequence": number,
            }
        )


def documents(world):
    for number in range(1, 5):
        with world.document("contact", day=number):
            contact = world.env["res.partner"].create({"name": f"Contact {number}", "city": "Utrecht"})
            world.env["ir.attachment"].create(
                {
                    "name": "contract.txt",
                    "raw": b"agreed with contact %d" % number,
                    "res_model": "res.partner",
                    "res_id": contact.id,
                }
            )
