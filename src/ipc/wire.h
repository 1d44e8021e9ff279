#pragma once
// Messages between processes as bytes. A message is a struct with one list of its fields, used to write and to read:
//   struct OpenRead { std::uint64_t file; static auto fields(auto& m, auto&& f) { return f(m.file); } };
// Kinds of field: unsigned integers, int64, bool, enums with `<enum>_max` found by wire_max(E{}), text, Bytes, Secret,
// std::array of bytes, std::optional, std::vector, nested messages. Big-endian; a string or list is a u32 count first.
// Decoding takes exactly what encoding wrote: anything else is Errc::invalid, and the asker is at an end.
#include <array>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "base/reader.h"
#include "base/secret.h"
#include "base/writer.h"

namespace bulkhead::ipc {

template <class T>
struct IsVector : std::false_type {};
template <class T>
struct IsVector<std::vector<T>> : std::bool_constant<!std::is_same_v<T, std::uint8_t>> {};
template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {};
template <class T>
struct IsByteArray : std::false_type {};
template <std::size_t N>
struct IsByteArray<std::array<std::uint8_t, N>> : std::true_type {};

// Messages with a Secret are shorter than this, so that their encoding is in one place that the sender wipes.
inline constexpr std::size_t secret_message_max = 4096;

class Encoder {
 public:
  template <class... Fields>
  void operator()(const Fields&... fields) { (put(fields), ...); }
  Bytes take() { return out_.take(); }

 private:
  template <class T>
  void put(const T& value) {
    if constexpr (std::is_same_v<T, bool>) out_.u8(value ? 1 : 0);
    else if constexpr (std::is_enum_v<T>) out_.number(static_cast<std::make_unsigned_t<std::underlying_type_t<T>>>(value));
    else if constexpr (std::is_unsigned_v<T>) out_.number(value);
    else if constexpr (std::is_same_v<T, std::int64_t>) out_.u64(static_cast<std::uint64_t>(value));
    else if constexpr (std::is_same_v<T, std::string>) out_.string(as_bytes(value));
    else if constexpr (std::is_same_v<T, Bytes>) out_.string(value);
    else if constexpr (std::is_same_v<T, Secret>) out_.string(value.view());
    else if constexpr (IsByteArray<T>::value) out_.bytes(value);
    else if constexpr (IsOptional<T>::value) {
      put(value.has_value());
      if (value) put(*value);
    } else if constexpr (IsVector<T>::value) {
      out_.u32(static_cast<std::uint32_t>(value.size()));
      for (const auto& item : value) put(item);
    } else T::fields(value, *this);
  }
  Writer out_{secret_message_max};
};

class Decoder {
 public:
  explicit Decoder(ByteView input) : in_{input} {}
  template <class... Fields>
  void operator()(Fields&... fields) { (get(fields), ...); }
  Result<void> done(std::string_view name) const { return in_.done(name); }

 private:
  template <class T>
  void get(T& value) {
    if constexpr (std::is_same_v<T, bool>) {
      const std::uint8_t raw = in_.u8();
      if (raw > 1) in_.fail();
      value = raw == 1;
    } else if constexpr (std::is_enum_v<T>) {
      using Raw = std::make_unsigned_t<std::underlying_type_t<T>>;
      const Raw raw = in_.number<Raw>();
      if (raw > static_cast<Raw>(wire_max(T{}))) in_.fail();
      else value = static_cast<T>(raw);
    } else if constexpr (std::is_unsigned_v<T>) value = in_.number<T>();
    else if constexpr (std::is_same_v<T, std::int64_t>) value = static_cast<std::int64_t>(in_.u64());
    else if constexpr (std::is_same_v<T, std::string>) value = to_text(in_.string(in_.remaining()));
    else if constexpr (std::is_same_v<T, Bytes>) value = to_bytes(in_.string(in_.remaining()));
    else if constexpr (std::is_same_v<T, Secret>) value = Secret::copy_of(in_.string(in_.remaining()));
    else if constexpr (IsByteArray<T>::value) {
      ByteView raw = in_.bytes(value.size());
      if (in_.ok()) copy_to(value, raw);
    } else if constexpr (IsOptional<T>::value) {
      bool present = false;
      get(present);
      if (present) get(value.emplace());
    } else if constexpr (IsVector<T>::value) {
      const std::uint32_t count = in_.u32();
      if (count > in_.remaining()) in_.fail();  // an item has at least one byte
      for (std::uint32_t i = 0; i < count && in_.ok(); ++i) get(value.emplace_back());
    } else T::fields(value, *this);
  }
  Reader in_;
};

template <class Message>
Bytes encode(const Message& message) {
  Encoder encoder;
  Message::fields(message, encoder);
  return encoder.take();
}

template <class Message>
Result<Message> decode(ByteView bytes, std::string_view name = "message") {
  Message message{};
  Decoder decoder{bytes};
  Message::fields(message, decoder);
  TRY(decoder.done(name));
  return message;
}

// A message without fields.
struct Nothing {
  static auto fields(auto&, auto&& f) { return f(); }
};

}  // namespace bulkhead::ipc
