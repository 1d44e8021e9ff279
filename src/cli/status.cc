#include <cstdio>
#include <map>

#include "base/cat.h"
#include "base/clock.h"
#include "cli/commands.h"
#include "cli/server.h"
#include "sandbox/sandbox.h"

namespace bulkhead::cli {
namespace {

std::string layer_list(std::uint32_t layers) {
  std::string text;
  for (std::uint32_t i = 0; i < sandbox::layer_count; ++i) {
    if ((layers & (1U << i)) != 0) text += cat(text.empty() ? "" : ", ", sandbox::layer_name(1U << i));
  }
  return text.empty() ? "none (built with sanitizers)" : text;
}

struct Group {
  std::uint32_t count = 0;
  std::uint32_t layers = ~0U;  // that every one of them holds
};

}  // namespace

Result<void> status(const std::string& directory) {
  ipc::Channel hull = TRY(connect_hull(directory));
  const asks::Status::Reply reply = TRY(hull.ask(asks::Status{}));
  std::printf("Bulkhead %s, running since %s UTC\n", reply.version.c_str(), format_timestamp(static_cast<UnixMs>(reply.started_ms)).c_str());
  if (!reply.https_address.empty()) std::printf("HTTPS        %s\n", reply.https_address.c_str());
  if (!reply.ssh_address.empty()) {
    std::printf("SSH          %s\n", reply.ssh_address.c_str());
    for (const std::string& key : reply.ssh_fingerprints) std::printf("  host key   %s\n", key.c_str());
  }
  std::printf("Connections  %llu now, %llu in all, %llu refused\n", static_cast<unsigned long long>(reply.connections),
              static_cast<unsigned long long>(reply.connections_total), static_cast<unsigned long long>(reply.refused_total));
  std::printf("Trouble      %llu crashes, %llu violations\n", static_cast<unsigned long long>(reply.crashes_total),
              static_cast<unsigned long long>(reply.violations_total));
  TRY(print_mail_state(directory));
  std::map<std::string, Group> groups;
  for (const asks::ProcessRow& process : reply.processes) {
    Group& group = groups[process.name];
    ++group.count;
    group.layers &= process.layers;
  }
  std::printf("\n%-10s %5s  SANDBOX LAYERS THAT HOLD\n", "PROCESS", "COUNT");
  for (const auto& [name, group] : groups) std::printf("%-10s %5u  %s\n", name.c_str(), group.count, layer_list(group.layers).c_str());
  return {};
}

}  // namespace bulkhead::cli
