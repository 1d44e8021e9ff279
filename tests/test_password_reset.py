"""New passwords by links in mail, with the file outbox.

R-034, R-045: what is asked of an account that is not there reads like what is asked of one that is.
"""
import json
import os
import re
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "support"))
from resets import NEW, PUBLIC, RESETS, add, ask, files, letter, token_in, use, wait_for
from server import PASSWORD, Client, equal, check, run, users_self_id


def by_file(server):
    """a link in the file outbox, its use, and what it ends"""
    add(server, "anna", "anna@example.com")
    signed_on = server.client("anna")
    equal("signed on", signed_on.get("/api/v1/users/self").status, 200)
    answer = ask(server, "Anna")
    equal("202 with a message", (answer.status, list(answer.json())), (202, ["message"]))
    message = letter(server, 1)
    equal("from, to", (message["From"], message["To"].addresses[0].addr_spec, message["To"].addresses[0].display_name),
          ("Bulkhead <bulkhead@localhost>", "anna@example.com", "J\u00fcrgen \"Jo\" Smith"))
    check("no password in it, and plain text", PASSWORD not in message.get_content() and message.get_content_type() == "text/plain", message)
    mode = os.stat(os.path.join(server.data, "outbox", "001.eml")).st_mode & 0o777
    equal("for its owner only", mode, 0o600)
    check("status says so", "Mail         1 message in the file outbox\n" in server.cli("status").stdout, server.cli("status").stdout)
    token = token_in(message)
    for what, password, words in (("short", "short", "12"), ("her name", "anna anna anna", ""), ("the old one", PASSWORD, "before")):
        refused = use(server, token, password)
        check(f"a password that breaks a rule: 422 with its text: {what}", refused.status == 422 and words in refused.json()["detail"], refused)
    equal("the new one", use(server, token).status, 204)
    check("her sessions have ended", wait_for(lambda: signed_on.get("/api/v1/users/self").status == 401))
    equal("the old password is gone", server.sign_on("anna").status, 400)
    equal("the new one signs on", server.sign_on("anna", NEW).status, 200)
    used, unknown, nonsense = use(server, token), use(server, "A" * 43), use(server, "x")
    equal("a used token reads like one that never was", (used.status, used.body, unknown.status, nonsense.body), (404, unknown.body, 404, unknown.body))
    held = "".join(server.log_lines())
    for name in os.listdir(os.path.join(server.data, "warden")):
        with open(os.path.join(server.data, "warden", name), "rb") as file:
            held += file.read().decode("latin-1")
    check("the token is in no log and in no database", token not in held)


def nobody(server):
    """who has no link hears the same, and no mail is made"""
    before = len(files(server))
    add(server, "chief", "chief@example.com", "Admin")
    answers = {name: ask(server, name) for name in ("anna", "nobody", "no mail\r\nTo: eve@example.com", "admin", "")}
    check("the same answer for all", len({(a.status, a.body) for a in answers.values()}) == 1, answers)
    elsewhere = Client(server, source="127.0.0.9")
    equal("and once more", ask(server, "nobody", elsewhere).body, answers["nobody"].body)
    for body in ({}, {"username": 7}, {"name": "anna"}, []):
        equal(f"what names nobody: 422: {body}", Client(server).post(RESETS, json.dumps(body).encode()).status, 422)
    equal("no token, no password: 422", Client(server).put(RESETS, {"token": "x"}).status, 422)
    time.sleep(2.2)  # two ticks of the warden
    equal("a second link within a minute, and one for nobody, are not made", len(files(server)), before)


def on_behalf(server):
    """administrators send links; an account without a password gets one; a changed password is told of"""
    before = len(files(server))
    admin = server.client("admin")
    made = admin.post("/api/v1/users", {"username": "fresh", "email": "fresh@example.com"})
    equal("a user without a password", made.status, 201)
    message = letter(server, before + 1)
    check("is invited", message["Subject"] == "Bulkhead: your new account" and "24 hours" in message.get_content(), message)
    equal("without an address: 422", admin.post("/api/v1/users", {"username": "lost"}).status, 422)
    equal("he chooses one", use(server, token_in(message), NEW).status, 204)
    fresh = server.client("fresh", NEW)
    user = made.json()["id"]
    equal("a link on behalf", admin.post(f"/api/bulkhead/v1/users/{user}/passwordreset").status, 202)
    first = token_in(letter(server, before + 2))
    equal("and a newer one", admin.post(f"/api/bulkhead/v1/users/{user}/passwordreset").status, 202)
    second = token_in(letter(server, before + 3))
    equal("which ends the first", (use(server, first).status, use(server, second, "ten tall giraffes").status), (404, 204))
    fresh = server.client("fresh", "ten tall giraffes")
    equal("not by users", fresh.post(f"/api/bulkhead/v1/users/{users_self_id(admin)}/passwordreset").status, 404)
    equal("not for nobody", admin.post("/api/bulkhead/v1/users/0123456789abcdef/passwordreset").status, 404)
    equal("not for oneself", admin.post(f"/api/bulkhead/v1/users/{users_self_id(admin)}/passwordreset").status, 403)
    answer = admin.patch(f"/api/v1/users/{user}", {"password": PASSWORD + "!", "sendPasswordChangeNotification": True})
    equal("a new password, to be told of", answer.status, 200)
    told = letter(server, before + 4)
    check("without the password", "was changed" in told.get_content() and PASSWORD not in told.as_string(), told)
    admin.patch(f"/api/v1/users/{user}", {"email": ""})
    equal("nobody to send it to: 409", admin.post(f"/api/bulkhead/v1/users/{user}/passwordreset").status, 409)
    sent = server.cli("mail", "test", "ops@example.com")
    check("a test message", sent.returncode == 0 and f"outbox/{before + 5:03}.eml" in sent.stdout, sent)
    wrong = server.cli("mail", "test", "ops@example.com\r\nBcc: eve@example.com")
    check("to an address only", wrong.returncode == 1 and "no mail address" in wrong.stderr, wrong)


def page(server):
    """the page that a link leads to: one script, by its hash"""
    plain = Client(server).get("/")
    check("plain text for everybody else", plain.headers["content-type"].startswith("text/plain"), plain)
    answer = Client(server).get("/", headers={"Accept": "text/html,application/xhtml+xml"})
    policy = answer.headers["content-security-policy"]
    check("a page for browsers", answer.status == 200 and b"password-resets" in answer.body, answer)
    check("nothing but its own script and style", policy.startswith("default-src 'none'; script-src 'sha256-") and "unsafe" not in policy and "'none'" in policy, policy)
    check("no other script, no handler, no outside", answer.body.count(b"<script") == 1 and not re.search(rb"\son\w+=|src=|https?:", answer.body))


run([by_file, nobody, on_behalf, page], {"https": {"public_url": PUBLIC}})
