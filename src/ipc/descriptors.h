#pragma once
// The descriptor numbers that each process is exec'd with. Everything else is closed. hull makes them, in this order.
namespace bulkhead::descriptors {

inline constexpr int log = 2;        // pipe to hull: one JSON line an event
inline constexpr int control = 3;    // SEQPACKET to hull: control_asks.h
inline constexpr int root = 4;       // directory that becomes the root and working directory

namespace gate {
inline constexpr int warden = 5;     // login_asks.h
inline constexpr int keeper = 6;     // catalog_asks.h
inline constexpr int porter = 7;     // data_asks.h
inline constexpr int signet = 8;     // signing_asks.h
inline constexpr int ring = 9;       // memfd of data_asks.h, shared with its porter
inline constexpr int end = 10;       // of gate_ssh
inline constexpr int chronicle = 10; // of gate_http: log_asks.h
inline constexpr int http_end = 11;
}  // namespace gate
namespace porter {
inline constexpr int gate = 5;       // data_asks.h
inline constexpr int keeper = 6;     // storage_asks.h
inline constexpr int vault = 7;      // release_asks.h
inline constexpr int ring = 8;
inline constexpr int end = 9;
}  // namespace porter
namespace warden {
inline constexpr int vault = 5;      // pepper_asks.h
inline constexpr int end = 6;
}  // namespace warden
namespace vault {
inline constexpr int warden = 5;     // pepper_asks.h
inline constexpr int keeper = 6;     // bucket_asks.h
inline constexpr int end = 7;
}  // namespace vault
namespace keeper {
inline constexpr int vault = 5;      // bucket_asks.h
inline constexpr int end = 6;
}  // namespace keeper
namespace hasher {
inline constexpr int warden = 5;     // hash_asks.h
inline constexpr int end = 6;
}  // namespace hasher
namespace mailer {
inline constexpr int warden = 5;     // mail_asks.h
inline constexpr int end = 6;
}  // namespace mailer
inline constexpr int shared_end = 5; // signet, chronicle: nothing beyond the root directory

}  // namespace bulkhead::descriptors
