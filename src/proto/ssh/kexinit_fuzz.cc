// A peer's KEXINIT: parsed, negotiated with ours, as first exchange and as rekey.
#include "proto/ssh/algorithms.h"
#include "proto/ssh/wire.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bulkhead;
  const ByteView bytes{data, size};
  Reader reader{bytes};
  const ByteView magnitude = ssh::take_mpint(reader, 64);
  if (reader.ok()) {
    Writer again;
    ssh::put_mpint(again, magnitude);
    ENSURE(as_text(again.view()) == as_text(bytes.first(again.size())));
  }
  const Result<ssh::KexInit> client = ssh::parse_kexinit(bytes);
  if (!client.ok()) return 0;
  for (bool first : {true, false}) {
    const std::vector<std::string_view> host_keys{ssh::host_key_algorithms.begin(), ssh::host_key_algorithms.end()};
    const ssh::KexInit ours =
        ssh::parse_kexinit(ssh::print_kexinit(Bytes(ssh::kex_cookie_size), first, host_keys)).value();
    const Result<ssh::Agreed> agreed = ssh::negotiate(*client, ours);
    if (!agreed.ok()) continue;
    ENSURE(agreed->exchange != nullptr && agreed->cipher_in != nullptr && agreed->cipher_out != nullptr);
    ENSURE((agreed->mac_in == nullptr) == (agreed->cipher_in->tag_size != 0));
    ENSURE(!first || agreed->strict || agreed->cipher_in->cipher != ssh::Cipher::chacha20_poly1305);
    ENSURE(first || !agreed->strict);
  }
  return 0;
}
