#include "gate_http/tls/provider.h"

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/provider.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <array>
#include <new>

namespace bulkhead::gate_http {
namespace {

constexpr const char* provider_name = "bulkhead";
constexpr const char* provider_property = "provider=bulkhead";
constexpr const char* signer_parameter = "bulkhead-signer";  // the address of a Signer, as bytes
constexpr const char* key_names = "EC:id-ecPublicKey:1.2.840.10045.2.1";
constexpr const char* signature_name = "ECDSA";
constexpr const char* group_name = "prime256v1";
constexpr const char* digest_name = "SHA256";
constexpr std::size_t point_size = 65;  // SEC 1 section 2.3.3, uncompressed
constexpr std::uint8_t uncompressed_point = 4;

// What OpenSSL carries for us as `void*`.
struct KeyData {
  std::array<std::uint8_t, point_size> point{};
  bool has_point = false;
  Signer* signer = nullptr;  // null: a public key, such as the certificate's, imported to compare
};
struct SignContext {
  const KeyData* key = nullptr;
};

template <class Function>
OSSL_DISPATCH entry(int number, Function* function) {
  return {number, reinterpret_cast<void (*)()>(function)};  // NOLINT(*reinterpret-cast): the shape of OSSL_DISPATCH
}

KeyData& key_data(void* data) {
  return *static_cast<KeyData*>(data);
}

void* key_new(void*) {
  return new (std::nothrow) KeyData;
}
void key_free(void* data) {
  delete static_cast<KeyData*>(data);
}

int key_has(const void* data, int selection) {
  const auto* key = static_cast<const KeyData*>(data);
  if (key == nullptr) return 0;
  if ((selection & OSSL_KEYMGMT_SELECT_PUBLIC_KEY) != 0 && !key->has_point) return 0;
  if ((selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) != 0 && key->signer == nullptr) return 0;
  return 1;
}

int key_match(const void* left, const void* right, int selection) {
  const auto* one = static_cast<const KeyData*>(left);
  const auto* two = static_cast<const KeyData*>(right);
  if ((selection & OSSL_KEYMGMT_SELECT_KEYPAIR) == 0) return 1;  // the group is always the same
  return one->has_point && two->has_point && one->point == two->point ? 1 : 0;
}

bool import_group(const OSSL_PARAM params[]) {
  const OSSL_PARAM* group = OSSL_PARAM_locate_const(params, OSSL_PKEY_PARAM_GROUP_NAME);
  const char* name = nullptr;
  if (group == nullptr || OSSL_PARAM_get_utf8_string_ptr(group, &name) != 1) return false;
  return std::string_view{name} == group_name || std::string_view{name} == "P-256";
}

int key_import(void* data, int, const OSSL_PARAM params[]) {
  KeyData& key = key_data(data);
  const OSSL_PARAM* point = OSSL_PARAM_locate_const(params, OSSL_PKEY_PARAM_PUB_KEY);
  const void* raw = nullptr;
  std::size_t size = 0;
  if (!import_group(params) || point == nullptr || OSSL_PARAM_get_octet_string_ptr(point, &raw, &size) != 1) return 0;
  const ByteView bytes{static_cast<const std::uint8_t*>(raw), size};
  if (size != point_size || bytes[0] != uncompressed_point) return 0;
  copy_to(key.point, bytes);
  key.has_point = true;
  if (const OSSL_PARAM* signer = OSSL_PARAM_locate_const(params, signer_parameter)) {
    if (OSSL_PARAM_get_octet_string_ptr(signer, &raw, &size) != 1 || size != sizeof key.signer) return 0;
    std::memcpy(&key.signer, raw, size);
  }
  return 1;
}

constexpr std::array import_types{
    OSSL_PARAM{OSSL_PKEY_PARAM_GROUP_NAME, OSSL_PARAM_UTF8_STRING, nullptr, 0, OSSL_PARAM_UNMODIFIED},
    OSSL_PARAM{OSSL_PKEY_PARAM_PUB_KEY, OSSL_PARAM_OCTET_STRING, nullptr, 0, OSSL_PARAM_UNMODIFIED},
    OSSL_PARAM{signer_parameter, OSSL_PARAM_OCTET_STRING, nullptr, 0, OSSL_PARAM_UNMODIFIED}, OSSL_PARAM{}};
constexpr std::array export_types{
    OSSL_PARAM{OSSL_PKEY_PARAM_GROUP_NAME, OSSL_PARAM_UTF8_STRING, nullptr, 0, OSSL_PARAM_UNMODIFIED},
    OSSL_PARAM{OSSL_PKEY_PARAM_PUB_KEY, OSSL_PARAM_OCTET_STRING, nullptr, 0, OSSL_PARAM_UNMODIFIED}, OSSL_PARAM{}};
constexpr std::array readable_types{
    OSSL_PARAM{OSSL_PKEY_PARAM_BITS, OSSL_PARAM_INTEGER, nullptr, 0, OSSL_PARAM_UNMODIFIED},
    OSSL_PARAM{OSSL_PKEY_PARAM_SECURITY_BITS, OSSL_PARAM_INTEGER, nullptr, 0, OSSL_PARAM_UNMODIFIED},
    OSSL_PARAM{OSSL_PKEY_PARAM_MAX_SIZE, OSSL_PARAM_INTEGER, nullptr, 0, OSSL_PARAM_UNMODIFIED},
    OSSL_PARAM{OSSL_PKEY_PARAM_DEFAULT_DIGEST, OSSL_PARAM_UTF8_STRING, nullptr, 0, OSSL_PARAM_UNMODIFIED},
    OSSL_PARAM{OSSL_PKEY_PARAM_GROUP_NAME, OSSL_PARAM_UTF8_STRING, nullptr, 0, OSSL_PARAM_UNMODIFIED},
    OSSL_PARAM{OSSL_PKEY_PARAM_EC_FIELD_TYPE, OSSL_PARAM_UTF8_STRING, nullptr, 0, OSSL_PARAM_UNMODIFIED},
    OSSL_PARAM{OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, OSSL_PARAM_UTF8_STRING, nullptr, 0, OSSL_PARAM_UNMODIFIED},
    OSSL_PARAM{OSSL_PKEY_PARAM_PUB_KEY, OSSL_PARAM_OCTET_STRING, nullptr, 0, OSSL_PARAM_UNMODIFIED},
    OSSL_PARAM{}};

const OSSL_PARAM* key_import_types(int) {
  return import_types.data();
}
const OSSL_PARAM* key_export_types(int) {
  return export_types.data();
}
const OSSL_PARAM* key_readable_types(void*) {
  return readable_types.data();
}

// The private half cannot be exported. That is also what makes EVP_DigestSignInit, which tries the default provider's
// ECDSA with an exported key first, come back to our own.
int key_export(void* data, int selection, OSSL_CALLBACK* receive, void* argument) {
  KeyData& key = key_data(data);
  if (!key.has_point || ((selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) != 0 && key.signer != nullptr)) return 0;
  std::array<char, 16> group{"prime256v1"};
  const std::array params{OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group.data(), 0),
                          OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, key.point.data(), point_size),
                          OSSL_PARAM_construct_end()};
  return receive(params.data(), argument);
}

int key_read(void* data, OSSL_PARAM params[]) {
  const auto number = [&](const char* name, int value) {
    OSSL_PARAM* param = OSSL_PARAM_locate(params, name);
    return param == nullptr || OSSL_PARAM_set_int(param, value) == 1;
  };
  const auto text = [&](const char* name, const char* value) {
    OSSL_PARAM* param = OSSL_PARAM_locate(params, name);
    return param == nullptr || OSSL_PARAM_set_utf8_string(param, value) == 1;
  };
  const auto point = [&](const char* name) {
    OSSL_PARAM* param = OSSL_PARAM_locate(params, name);
    return param == nullptr || OSSL_PARAM_set_octet_string(param, key_data(data).point.data(), point_size) == 1;
  };
  return number(OSSL_PKEY_PARAM_BITS, 256) && number(OSSL_PKEY_PARAM_SECURITY_BITS, 128) &&
                 number(OSSL_PKEY_PARAM_MAX_SIZE, signature_size_max) &&
                 text(OSSL_PKEY_PARAM_DEFAULT_DIGEST, digest_name) && text(OSSL_PKEY_PARAM_GROUP_NAME, group_name) &&
                 text(OSSL_PKEY_PARAM_EC_FIELD_TYPE, SN_X9_62_prime_field) &&
                 text(OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, OSSL_PKEY_EC_POINT_CONVERSION_FORMAT_UNCOMPRESSED) &&
                 point(OSSL_PKEY_PARAM_PUB_KEY)
             ? 1
             : 0;
}

const char* key_operation_name(int operation) {
  return operation == OSSL_OP_SIGNATURE ? signature_name : nullptr;
}

void* sign_new(void*, const char*) {
  return new (std::nothrow) SignContext;
}
void sign_free(void* data) {
  delete static_cast<SignContext*>(data);
}

int sign_init(void* data, const char* digest, void* key, const OSSL_PARAM[]) {
  if (key == nullptr || key_data(key).signer == nullptr) return 0;
  if (digest != nullptr && OPENSSL_strcasecmp(digest, digest_name) != 0 &&
      OPENSSL_strcasecmp(digest, "SHA2-256") != 0) {
    return 0;
  }
  static_cast<SignContext*>(data)->key = &key_data(key);
  return 1;
}

int sign_content(void* data, unsigned char* out, std::size_t* size, std::size_t size_max, const unsigned char* content,
                 std::size_t content_size) {
  const KeyData* key = static_cast<SignContext*>(data)->key;
  if (key == nullptr) return 0;
  if (out == nullptr) {
    *size = signature_size_max;
    return 1;
  }
  Result<Bytes> signature = key->signer->sign(ByteView{content, content_size});
  if (signature.ok() && (signature->empty() || signature->size() > std::min(size_max, signature_size_max))) {
    signature = fail(Errc::io, "a signature of impossible size");
  }
  if (!signature.ok()) {
    key->signer->error = signature.error();
    return 0;
  }
  copy_to({out, size_max}, *signature);
  *size = signature->size();
  return 1;
}

const std::array key_functions{entry(OSSL_FUNC_KEYMGMT_NEW, key_new),
                               entry(OSSL_FUNC_KEYMGMT_FREE, key_free),
                               entry(OSSL_FUNC_KEYMGMT_HAS, key_has),
                               entry(OSSL_FUNC_KEYMGMT_MATCH, key_match),
                               entry(OSSL_FUNC_KEYMGMT_IMPORT, key_import),
                               entry(OSSL_FUNC_KEYMGMT_IMPORT_TYPES, key_import_types),
                               entry(OSSL_FUNC_KEYMGMT_EXPORT, key_export),
                               entry(OSSL_FUNC_KEYMGMT_EXPORT_TYPES, key_export_types),
                               entry(OSSL_FUNC_KEYMGMT_GET_PARAMS, key_read),
                               entry(OSSL_FUNC_KEYMGMT_GETTABLE_PARAMS, key_readable_types),
                               entry(OSSL_FUNC_KEYMGMT_QUERY_OPERATION_NAME, key_operation_name),
                               OSSL_DISPATCH{}};
const std::array sign_functions{entry(OSSL_FUNC_SIGNATURE_NEWCTX, sign_new),
                                entry(OSSL_FUNC_SIGNATURE_FREECTX, sign_free),
                                entry(OSSL_FUNC_SIGNATURE_DIGEST_SIGN_INIT, sign_init),
                                entry(OSSL_FUNC_SIGNATURE_DIGEST_SIGN, sign_content), OSSL_DISPATCH{}};
const std::array keys{OSSL_ALGORITHM{key_names, provider_property, key_functions.data(), nullptr}, OSSL_ALGORITHM{}};
const std::array signatures{OSSL_ALGORITHM{signature_name, provider_property, sign_functions.data(), nullptr},
                            OSSL_ALGORITHM{}};

const OSSL_ALGORITHM* algorithms(void*, int operation, int* no_cache) {
  *no_cache = 0;
  if (operation == OSSL_OP_KEYMGMT) return keys.data();
  return operation == OSSL_OP_SIGNATURE ? signatures.data() : nullptr;
}

const std::array provider_functions{entry(OSSL_FUNC_PROVIDER_QUERY_OPERATION, algorithms), OSSL_DISPATCH{}};

int start_provider(const OSSL_CORE_HANDLE*, const OSSL_DISPATCH*, const OSSL_DISPATCH** functions, void** context) {
  static char nothing = 0;  // the context of a provider without state: not null
  *context = &nothing;
  *functions = provider_functions.data();
  return 1;
}

// OpenSSL's providers, which stay loaded to the end of the process.
struct Loaded {
  OSSL_PROVIDER* standard = nullptr;
  OSSL_PROVIDER* ours = nullptr;
  bool preferred = false;
};

Loaded load_once() {
  Loaded loaded;
  if (OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr) != 1) return loaded;
  loaded.standard = OSSL_PROVIDER_load(nullptr, "default");
  if (OSSL_PROVIDER_add_builtin(nullptr, provider_name, start_provider) != 1) return loaded;
  loaded.ours = OSSL_PROVIDER_load(nullptr, provider_name);
  loaded.preferred = EVP_set_default_properties(nullptr, fetch_preference) == 1;
  return loaded;
}

}  // namespace

Result<void> load_provider() {
  static const Loaded loaded = load_once();  // OpenSSL's own state is the process's, too
  if (loaded.standard == nullptr || loaded.ours == nullptr || !loaded.preferred) {
    return fail(Errc::io, "OpenSSL refuses its providers");
  }
  return {};
}

void FreeKey::operator()(evp_pkey_st* key) const {
  EVP_PKEY_free(key);
}

Result<RemoteKey> make_remote_key(const x509_st& certificate, Signer& signer) {
  TRY(load_provider());
  const EVP_PKEY* public_key = X509_get0_pubkey(&certificate);
  std::array<char, 32> group{};
  if (public_key == nullptr || EVP_PKEY_is_a(public_key, "EC") != 1 ||
      EVP_PKEY_get_group_name(public_key, group.data(), group.size(), nullptr) != 1 ||
      std::string_view{group.data()} != group_name) {
    ERR_clear_error();
    return fail(Errc::unsupported, "the certificate's key is not ECDSA P-256");
  }
  std::array<std::uint8_t, point_size> point{};
  std::size_t size = 0;
  Signer* address = &signer;
  if (EVP_PKEY_get_octet_string_param(public_key, OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size(), &size) != 1 ||
      size != point_size) {
    ERR_clear_error();
    return fail(Errc::unsupported, "the certificate's key is not an uncompressed point");
  }
  std::array params{OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group.data(), 0),
                    OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point.data(), size),
                    OSSL_PARAM_construct_octet_string(signer_parameter, &address, sizeof address),
                    OSSL_PARAM_construct_end()};
  EVP_PKEY_CTX* context = EVP_PKEY_CTX_new_from_name(nullptr, "EC", provider_property);
  EVP_PKEY* key = nullptr;
  const bool made = context != nullptr && EVP_PKEY_fromdata_init(context) == 1 &&
                    EVP_PKEY_fromdata(context, &key, EVP_PKEY_KEYPAIR, params.data()) == 1;
  EVP_PKEY_CTX_free(context);
  if (!made) return fail(Errc::io, "OpenSSL refuses the key of the provider");
  return RemoteKey{key};
}

}  // namespace bulkhead::gate_http
