#pragma once
namespace bulkhead {
inline constexpr const char* version = "0.1.0";
}
