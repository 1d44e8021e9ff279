// The script is allowed by its hash and by nothing else. It takes the token out of the address before it does anything,
// so that it stays in no history, and puts every text in as text.
#include "gate_http/reset_page.h"

#include "base/cat.h"
#include "base/encode.h"
#include "crypt/hash.h"

namespace bulkhead::gate_http {
namespace {

constexpr std::string_view style = R"(
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 26rem; margin: 3rem auto; padding: 0 1rem; color: #1a1a1a; background: #fff }
label { display: block; margin-top: 1rem } input { width: 100%; box-sizing: border-box; font: inherit; padding: .4rem }
button { font: inherit; margin-top: 1rem; padding: .5rem 1rem; min-height: 2.5rem }
@media (prefers-color-scheme: dark) { body { color: #eee; background: #161616 } }
)";

constexpr std::string_view script = R"(
'use strict';
const found = /^#token=([A-Za-z0-9_-]+)$/.exec(location.hash);
const token = found ? found[1] : null;
history.replaceState(null, '', location.pathname);
const at = (id) => document.getElementById(id);
const say = (text) => { at('said').textContent = text; };
const send = (method, body) => fetch('/api/bulkhead/v1/password-resets',
  { method, body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' }, credentials: 'omit' });
const detail = async (answer) => (await answer.json()).detail;
at(token ? 'choose' : 'ask').hidden = false;
at('ask').addEventListener('submit', async (event) => {
  event.preventDefault();
  try {
    const answer = await send('POST', { username: at('name').value });
    say(answer.ok ? (await answer.json()).message : await detail(answer));
  } catch { say('The server did not answer. Try again.'); }
});
at('choose').addEventListener('submit', async (event) => {
  event.preventDefault();
  if (at('first').value !== at('second').value) return say('The two passwords differ.');
  try {
    const answer = await send('PUT', { token, newPassword: at('first').value });
    if (!answer.ok) return say(await detail(answer));
    at('choose').hidden = true;
    say('Your password is set. All your sessions have ended: sign on anew.');
  } catch { say('The server did not answer. Try again.'); }
});
)";

constexpr std::string_view before_style =
    "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Bulkhead</title>"
    "<meta name=\"viewport\" content=\"width=device-width\"><style>";
constexpr std::string_view body = R"(</style></head><body><main><h1>Bulkhead</h1>
<form id="choose" hidden><h2>Choose a new password</h2>
<label>New password <input id="first" type="password" autocomplete="new-password" required></label>
<label>The same again <input id="second" type="password" autocomplete="new-password" required></label>
<button>Set the password</button></form>
<form id="ask" hidden><h2>Forgot your password?</h2>
<label>User name <input id="name" autocomplete="username" required></label>
<button>Send me a link</button></form>
<p id="said" role="status"></p><noscript><p>This page needs JavaScript.</p></noscript></main><script>)";
constexpr std::string_view after_script = "</script></body></html>\n";

std::string source_of(std::string_view text) {
  return cat("'sha256-", to_base64(crypt::sha256(as_bytes(text))), "'");
}

}  // namespace

Result<void> reset_page(Exchange& exchange) {
  const std::string page = cat(before_style, style, body, script, after_script);
  http::ResponseHead response{http::Status::ok};
  response.security_fields(cat("default-src 'none'; script-src ", source_of(script), "; style-src ", source_of(style),
                               "; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"));
  response.field("Content-Type", "text/html; charset=utf-8").content_length(page.size());
  response.field("Vary", "Accept");
  if (!exchange.head.keep_alive || exchange.close) response.field("Connection", "close");
  std::string whole = TRY(response.build());
  if (!exchange.head_only()) whole += page;
  exchange.answered = true;
  return exchange.stream.write_all(as_bytes(whole));
}

}  // namespace bulkhead::gate_http
