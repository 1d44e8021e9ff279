#include "mailer/smtp.h"

#include <curl/curl.h>
#include <fcntl.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>

#include "base/cat.h"
#include "core/mail/mailbox.h"

namespace bulkhead::mailer {
namespace {

constexpr std::size_t password_file_max = 4'096;
constexpr std::size_t ca_file_max = 4U << 20U;

Result<Secret> first_line_of(const std::string& path) {
  Secret content{TRY(read_file(AT_FDCWD, path.c_str(), password_file_max))};
  const std::string_view text = as_text(content.view());
  return Secret::copy_of(as_bytes(text.substr(0, text.find_first_of("\r\n"))));
}

}  // namespace

struct Smtp::State {
  asks::MailerSettings settings;
  Secret password;
  Bytes authorities;
  Dialled server;
  CURL* easy = nullptr;
  CURLM* multi = nullptr;
  curl_slist* addresses = nullptr;
  curl_slist* recipients = nullptr;
  ByteView unsent;
  std::string last_line;  // that the server said
  std::array<char, CURL_ERROR_SIZE> why{};

  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    if (easy != nullptr) curl_easy_cleanup(easy);
    if (multi != nullptr) curl_multi_cleanup(multi);
    curl_slist_free_all(addresses);
    curl_slist_free_all(recipients);
  }

  static std::size_t give(char* out, std::size_t size, std::size_t count, void* self) {
    ByteView& unsent = static_cast<State*>(self)->unsent;
    const std::size_t part = std::min(size * count, unsent.size());
    std::copy_n(unsent.begin(), part, out);
    unsent = unsent.subspan(part);
    return part;
  }
  static std::size_t heard(const char* line, std::size_t size, std::size_t count, void* self) {
    const std::string_view text{line, size * count};
    if (!text.starts_with("221")) static_cast<State*>(self)->last_line = visible(text);  // 221 is for our QUIT
    return text.size();
  }
  // The connection that was made ahead; there is no second one.
  static curl_socket_t hand_over(void* self, curlsocktype, curl_sockaddr*) {
    return static_cast<State*>(self)->server.socket.release();
  }
  static int connected(void*, curl_socket_t, curlsocktype) { return CURL_SOCKOPT_ALREADY_CONNECTED; }

  template <class Value>
  void set(CURLoption option, Value value) {
    ENSURE(curl_easy_setopt(easy, option, value) == CURLE_OK);
  }
  void set_server();
  void set_tls();
  void set_message(const asks::SendMail& mail);
  CURLcode perform();
  asks::SendMail::Reply outcome(CURLcode code) const;
};

void Smtp::State::set_server() {
  const bool v6 = settings.server_host.find(':') != std::string::npos;
  const std::string host = v6 ? cat("[", settings.server_host, "]") : settings.server_host;
  set(CURLOPT_URL,
      cat(settings.tls_at_once ? "smtps://" : "smtp://", host, ":", settings.server_port, "/", settings.ehlo_name)
          .c_str());
  set(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  set(CURLOPT_PROXY, "");
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_TIMEOUT_MS, send_max_ms);
  set(CURLOPT_ERRORBUFFER, why.data());
  set(CURLOPT_OPENSOCKETFUNCTION, &State::hand_over);
  set(CURLOPT_OPENSOCKETDATA, this);
  set(CURLOPT_SOCKOPTFUNCTION, &State::connected);
  // A name is not looked up again; where the host is an address already, there is nothing to look up.
  const bool numeric = v6 || settings.server_host.find_first_not_of("0123456789.") == std::string::npos;
  if (!numeric) {
    const bool to_v6 = server.address.find(':') != std::string::npos;
    const std::string address = to_v6 ? cat("[", server.address, "]") : server.address;
    addresses = curl_slist_append(nullptr, cat(host, ":", settings.server_port, ":", address).c_str());
    ENSURE(addresses != nullptr);
    set(CURLOPT_RESOLVE, addresses);
  }
  if (settings.user.empty()) return;
  set(CURLOPT_USERNAME, settings.user.c_str());
  set(CURLOPT_PASSWORD, to_text(password.view()).c_str());
  set(CURLOPT_LOGIN_OPTIONS, "AUTH=PLAIN;AUTH=LOGIN");  // the others would ask for files, or are weak
}

void Smtp::State::set_tls() {
  set(CURLOPT_USE_SSL, static_cast<long>(settings.plain ? CURLUSESSL_NONE : CURLUSESSL_ALL));
  set(CURLOPT_SSL_VERIFYPEER, 1L);
  set(CURLOPT_SSL_VERIFYHOST, 2L);
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(CURLOPT_CAINFO, static_cast<const char*>(nullptr));
  set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
  if (settings.plain) return;
  curl_blob blob{authorities.data(), authorities.size(), CURL_BLOB_NOCOPY};
  set(CURLOPT_CAINFO_BLOB, &blob);
}

void Smtp::State::set_message(const asks::SendMail& mail) {
  recipients = curl_slist_append(nullptr, mail.to.c_str());
  ENSURE(recipients != nullptr);
  unsent = mail.message.view();
  set(CURLOPT_MAIL_FROM, mail.from.c_str());
  set(CURLOPT_MAIL_RCPT, recipients);
  set(CURLOPT_UPLOAD, 1L);
  set(CURLOPT_READFUNCTION, &State::give);
  set(CURLOPT_READDATA, this);
  set(CURLOPT_HEADERFUNCTION, &State::heard);
  set(CURLOPT_HEADERDATA, this);
}

CURLcode Smtp::State::perform() {
  ENSURE(curl_multi_add_handle(multi, easy) == CURLM_OK);
  int running = 1;
  while (running > 0) {
    if (curl_multi_perform(multi, &running) != CURLM_OK) return CURLE_FAILED_INIT;
    if (running > 0 && curl_multi_poll(multi, nullptr, 0, 1'000, nullptr) != CURLM_OK) return CURLE_FAILED_INIT;
  }
  int left = 0;
  const CURLMsg* told = curl_multi_info_read(multi, &left);
  return told != nullptr && told->msg == CURLMSG_DONE ? told->data.result : CURLE_FAILED_INIT;
}

// A 5xx ends it, but one to our own sign-on: the administrator can mend that.
asks::SendMail::Reply Smtp::State::outcome(CURLcode code) const {
  if (code == CURLE_OK) return {asks::MailOutcome::sent, last_line};
  long status = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  const std::string reason = visible(why[0] != '\0' ? why.data() : curl_easy_strerror(code));
  if (status < 400 || status > 599) return {asks::MailOutcome::later, reason};
  const bool for_good = status >= 500 && code != CURLE_LOGIN_DENIED && code != CURLE_USE_SSL_FAILED;
  return {for_good ? asks::MailOutcome::refused : asks::MailOutcome::later, last_line.empty() ? reason : last_line};
}

Smtp::Smtp(std::unique_ptr<State> state) : state_{std::move(state)} {}
Smtp::Smtp(Smtp&&) noexcept = default;
Smtp::~Smtp() = default;

Result<Smtp> Smtp::prepare(const asks::MailerSettings& settings, std::uint32_t uid) {
  auto state = std::make_unique<State>();
  state->settings = settings;
  if (!settings.user.empty()) state->password = TRY(first_line_of(settings.password_file));
  if (!settings.plain) state->authorities = TRY(read_file(AT_FDCWD, settings.ca_file.c_str(), ca_file_max));
  state->server = TRY(dial(settings.server_host, settings.server_port, settings.plain, uid));
  ENSURE(::setenv("TZ", "UTC0", 1) == 0);  // or libc would look at /etc/localtime whenever a time is shown
  ::tzset();
  if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) return fail(Errc::io, "libcurl does not start");
  state->easy = curl_easy_init();
  state->multi = curl_multi_init();
  if (state->easy == nullptr || state->multi == nullptr) return fail(Errc::io, "libcurl does not start");
  state->set_server();
  state->set_tls();
  return Smtp{std::move(state)};
}

asks::SendMail::Reply Smtp::send(const asks::SendMail& mail) {
  if (!mail::is_address(mail.from) || !mail::is_address(mail.to)) {
    return {asks::MailOutcome::refused, "this is no mail address"};
  }
  state_->set_message(mail);
  return state_->outcome(state_->perform());
}

std::string visible(std::string_view text) {
  while (!text.empty() && (text.back() == '\r' || text.back() == '\n')) text.remove_suffix(1);
  std::string out{text.substr(0, answer_size_max)};
  std::ranges::replace_if(out, [](char c) { return c < ' ' || c > '~'; }, '?');
  return out;
}

}  // namespace bulkhead::mailer
