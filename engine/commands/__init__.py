"""Everything that changes something: one verb, one function, one transaction.

Every function takes the `ProcessEngine` first and the acting person's login second. It raises the named errors of
`engine.errors` and writes either everything or nothing.
"""

from engine.commands.accounts import (
    link_purpose,
    make_password_link,
    make_setup_link,
    open_demo_session,
    session_login,
    sign_in,
    sign_out,
    use_link,
    withdraw_password_link,
)
from engine.commands.attachments import upload_attachment
from engine.commands.calendar import import_calendar_year
from engine.commands.cases import cancel_process_instance, press_button, start_process_instance
from engine.commands.clock import set_demo_clock
from engine.commands.deploy import deploy_packs
from engine.commands.incidents import retry_incident
from engine.commands.notices import add_phrase, copy_case, read_notification, remove_phrase, urge_task
from engine.commands.organisation import (
    appoint,
    assign_portfolio,
    end_appointment,
    give_delegation,
    withdraw_delegation,
)
from engine.commands.rebuild import rebuild_projections
from engine.commands.run import (
    deliver_message,
    drain,
    fire_timers,
    next_due,
    recompute_all,
    recompute_deadlines,
)
from engine.commands.tasks import claim_task, complete_user_task, save_draft, transfer_task, unclaim_task

__all__ = [
    "add_phrase",
    "appoint",
    "assign_portfolio",
    "cancel_process_instance",
    "claim_task",
    "complete_user_task",
    "copy_case",
    "deliver_message",
    "deploy_packs",
    "drain",
    "end_appointment",
    "fire_timers",
    "give_delegation",
    "import_calendar_year",
    "link_purpose",
    "make_password_link",
    "make_setup_link",
    "next_due",
    "open_demo_session",
    "press_button",
    "read_notification",
    "rebuild_projections",
    "recompute_all",
    "recompute_deadlines",
    "remove_phrase",
    "retry_incident",
    "save_draft",
    "session_login",
    "set_demo_clock",
    "sign_in",
    "sign_out",
    "start_process_instance",
    "transfer_task",
    "unclaim_task",
    "upload_attachment",
    "urge_task",
    "use_link",
    "withdraw_delegation",
    "withdraw_password_link",
]
