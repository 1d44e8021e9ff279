#include "core/kem/keccak.h"

#include <bit>
#include <utility>

#include "base/die.h"
#include "base/secret.h"

namespace bulkhead::kem {
namespace {

using State = std::array<std::uint64_t, 25>;

constexpr std::array<std::uint64_t, 24> round_constants{
    0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000, 0x000000000000808b,
    0x0000000080000001, 0x8000000080008081, 0x8000000000008009, 0x000000000000008a, 0x0000000000000088,
    0x0000000080008009, 0x000000008000000a, 0x000000008000808b, 0x800000000000008b, 0x8000000000008089,
    0x8000000000008003, 0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
    0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008};

// Rho and pi as one step: lane `to` is lane `from[to]` rotated left by `rotation[to]`.
struct RhoPi {
  std::array<std::uint8_t, 25> from{};
  std::array<std::uint8_t, 25> rotation{};
};

constexpr RhoPi make_rho_pi() {
  std::array<std::size_t, 25> rho{};
  for (std::size_t t = 0, x = 1, y = 0; t < 24; ++t) {
    rho[x + 5 * y] = (t + 1) * (t + 2) / 2 % 64;
    const std::size_t next_y = (2 * x + 3 * y) % 5;
    x = y;
    y = next_y;
  }
  RhoPi table;
  for (std::size_t y = 0; y < 5; ++y) {
    for (std::size_t x = 0; x < 5; ++x) {
      const std::size_t source = (x + 3 * y) % 5 + 5 * x;
      table.from[x + 5 * y] = static_cast<std::uint8_t>(source);
      table.rotation[x + 5 * y] = static_cast<std::uint8_t>(rho[source]);
    }
  }
  return table;
}
constexpr RhoPi rho_pi = make_rho_pi();

// Calls step with the constants 0 ... count-1: an unrolled loop, so that the lanes stay in registers.
template <std::size_t count>
inline void unrolled(auto&& step) {
  [&]<std::size_t... i>(std::index_sequence<i...>) __attribute__((always_inline)) {
    (step(std::integral_constant<std::size_t, i>{}), ...);
  }(std::make_index_sequence<count>{});
}

// One round, row by row into another state, so that few lanes are alive at a time.
inline void round(State& out, const State& in, std::uint64_t constant) {
  std::array<std::uint64_t, 5> parity{};
  std::array<std::uint64_t, 5> theta{};
  unrolled<5>([&](auto x) { parity[x] = in[x] ^ in[x + 5] ^ in[x + 10] ^ in[x + 15] ^ in[x + 20]; });
  unrolled<5>([&](auto x) { theta[x] = parity[(x + 4) % 5] ^ std::rotl(parity[(x + 1) % 5], 1); });
  unrolled<5>([&](auto y) {
    constexpr std::size_t row = 5 * y;
    std::array<std::uint64_t, 5> b{};
    unrolled<5>([&](auto x) {
      constexpr std::size_t from = rho_pi.from[row + x];
      b[x] = std::rotl(in[from] ^ theta[from % 5], rho_pi.rotation[row + x]);
    });
    unrolled<5>([&](auto x) { out[row + x] = b[x] ^ (~b[(x + 1) % 5] & b[(x + 2) % 5]); });
  });
  out[0] ^= constant;
}

// Eight bytes as FIPS 202 puts them into a lane.
std::uint64_t load_lane(const std::uint8_t* bytes) {
  std::uint64_t lane = 0;
  for (std::size_t i = 0; i < 8; ++i) lane |= std::uint64_t{bytes[i]} << (8 * i);
  return lane;
}

void store_lane(std::uint8_t* bytes, std::uint64_t lane) {
  for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<std::uint8_t>(lane >> (8 * i));
}

}  // namespace

void keccak_f1600(State& state) {
  State other{};
  for (std::size_t i = 0; i < round_constants.size(); i += 2) {
    round(other, state, round_constants[i]);
    round(state, other, round_constants[i + 1]);
  }
  wipe({reinterpret_cast<std::uint8_t*>(other.data()), sizeof other});  // NOLINT(*reinterpret-cast)
}

Sponge& Sponge::absorb(ByteView data) {
  ENSURE(!squeezing_);
  while (!data.empty()) {
    std::size_t taken = 1;
    if (at_ % 8 == 0 && data.size() >= 8) {
      state_[at_ / 8] ^= load_lane(data.data());
      taken = 8;
    } else {
      mix_in(at_, data[0]);
    }
    data = data.subspan(taken);
    at_ += taken;
    if (at_ == rate_) {
      keccak_f1600(state_);
      at_ = 0;
    }
  }
  return *this;
}

void Sponge::squeeze(MutableByteView out) {
  if (!squeezing_) {
    squeezing_ = true;
    mix_in(at_, suffix_);
    mix_in(rate_ - 1, 0x80);
    at_ = rate_;
  }
  while (!out.empty()) {
    if (at_ == rate_) {
      keccak_f1600(state_);
      at_ = 0;
    }
    std::size_t given = 1;
    if (at_ % 8 == 0 && out.size() >= 8) {
      store_lane(out.data(), state_[at_ / 8]);
      given = 8;
    } else {
      out[0] = static_cast<std::uint8_t>(state_[at_ / 8] >> (at_ % 8 * 8));
    }
    out = out.subspan(given);
    at_ += given;
  }
}

Sponge::~Sponge() {
  wipe({reinterpret_cast<std::uint8_t*>(state_.data()), sizeof state_});  // NOLINT(*reinterpret-cast)
}

namespace {

class Sha3 : public Sponge {
 public:
  Sha3(MutableByteView out, std::initializer_list<ByteView> parts) : Sponge{200 - 2 * out.size(), 0x06} {
    for (const ByteView part : parts) absorb(part);
    squeeze(out);
  }
};

}  // namespace

Sha3_256 sha3_256(std::initializer_list<ByteView> parts) {
  Sha3_256 digest{};
  Sha3{digest, parts};
  return digest;
}

void sha3_512(std::span<std::uint8_t, 64> out, std::initializer_list<ByteView> parts) {
  Sha3{out, parts};
}

}  // namespace bulkhead::kem
