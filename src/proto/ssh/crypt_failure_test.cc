// libcrypto fails at its n-th call during a handshake and the traffic after it. Here stand functions of
// libcrypto's names, which the code under test reaches first: they count, fail when it is time, and pass on to the real
// ones otherwise.
#include <dlfcn.h>
#include <doctest/doctest.h>

#include "proto/ssh/client_double.h"

struct evp_cipher_st;
struct engine_st;
struct ossl_param_st;
struct evp_pkey_ctx_st;

namespace {

int calls = 0;
int failing_call = -1;  // counted from 0; none when negative

// `caller`: where the call returns to. libcrypto calls itself too, for its random numbers: that is let through.
bool fails(void* caller) {
  Dl_info place{};
  if (dladdr(caller, &place) != 0 && std::string_view{place.dli_fname}.find("libcrypto") != std::string_view::npos)
    return false;
  return calls++ == failing_call;
}

template <class Function>
Function real(const char* name) {
  void* found = dlsym(RTLD_NEXT, name);
  REQUIRE(found != nullptr);
  return reinterpret_cast<Function>(found);  // NOLINT(*reinterpret-cast)
}

}  // namespace

extern "C" {
int EVP_CipherInit_ex(evp_cipher_ctx_st* context, const evp_cipher_st* cipher, engine_st* engine,
                      const unsigned char* key, const unsigned char* iv, int sealing);
int EVP_CipherUpdate(evp_cipher_ctx_st* context, unsigned char* out, int* size, const unsigned char* in, int in_size);
int EVP_PKEY_derive(evp_pkey_ctx_st* context, unsigned char* out, std::size_t* size);
}

int EVP_CipherInit_ex(evp_cipher_ctx_st* context, const evp_cipher_st* cipher, engine_st* engine,
                      const unsigned char* key, const unsigned char* iv, int sealing) {
  if (fails(__builtin_return_address(0))) return 0;
  static const auto next = real<decltype(&EVP_CipherInit_ex)>("EVP_CipherInit_ex");
  return next(context, cipher, engine, key, iv, sealing);
}
int EVP_CipherUpdate(evp_cipher_ctx_st* context, unsigned char* out, int* size, const unsigned char* in, int in_size) {
  if (fails(__builtin_return_address(0))) return 0;
  static const auto next = real<decltype(&EVP_CipherUpdate)>("EVP_CipherUpdate");
  return next(context, out, size, in, in_size);
}
int EVP_PKEY_derive(evp_pkey_ctx_st* context, unsigned char* out, std::size_t* size) {
  if (fails(__builtin_return_address(0))) return 0;
  static const auto next = real<decltype(&EVP_PKEY_derive)>("EVP_PKEY_derive");
  return next(context, out, size);
}

namespace bulkhead::ssh {
namespace {

// The server's half of the exchange, alone, so that only its calls are counted. Gives the number of calls.
int exchange_and_send(const Offer& offer, int failing) {
  Pair pair{offer};
  pair.send_version();
  pair.send_kexinit();
  pair.to_client();
  pair.send_share();
  const std::size_t clear_size = pair.server.output().size();
  CHECK(clear_size == 0);
  calls = 0;
  failing_call = failing;
  const bool good = pair.to_server();
  const int made = calls;
  failing_call = -1;
  CHECK(good == (failing < 0 || failing >= made));
  if (!good) {
    // Nothing was sent that says the exchange is done, and nothing under keys that are not whole.
    CHECK(pair.server.state() == State::closing);
    CHECK_FALSE(pair.server.may_send());
    CHECK_FALSE(pair.server.next().ok());
    const std::size_t size = pair.server.output().size();
    pair.server.send(Bytes{94});
    CHECK(pair.server.output().size() == size);
  }
  return made;
}

TEST_CASE("libcrypto fails at any call of an exchange: the connection ends (R-063)") {
  for (std::string_view cipher : {"aes256-gcm@openssh.com", "chacha20-poly1305@openssh.com", "aes256-ctr"}) {
    for (std::string_view exchange : {"mlkem768x25519-sha256", "ecdh-sha2-nistp256"}) {
      Offer offer;
      offer.exchanges.front() = exchange;
      offer.ciphers = {std::string{cipher}};
      const int made = exchange_and_send(offer, -1);
      CHECK(made > 3);
      for (int failing = 0; failing < made; ++failing) exchange_and_send(offer, failing);
    }
  }
}

TEST_CASE("libcrypto fails at any call of the traffic: no byte goes out, none goes up (R-063)") {
  for (const CipherRow& cipher : ciphers) {
    Offer offer;
    offer.ciphers = {std::string{cipher.name}};
    for (int failing = 0; failing < 8; ++failing) {
      Pair out{offer};
      REQUIRE(out.connect());
      const std::size_t before = out.server.output().size();
      calls = 0;
      failing_call = failing;
      out.server.send(Bytes(2'000, 94));
      const bool failed_out = calls > failing;
      failing_call = -1;
      CHECK((out.server.output().size() == before) == failed_out);
      CHECK(out.server.may_send() != failed_out);
      CHECK(out.run_server() != failed_out);

      Pair in{offer};
      REQUIRE(in.connect());
      in.send(Bytes(2'000, 94));
      calls = 0;
      failing_call = failing;
      const bool good = in.to_server();
      const bool failed_in = calls > failing;
      failing_call = -1;
      CHECK(good != failed_in);
      CHECK(in.delivered.empty() == failed_in);
    }
  }
}

}  // namespace
}  // namespace bulkhead::ssh
