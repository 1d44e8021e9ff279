// GET and POST of several files and folders as one ZIP archive. First the plan, and the first file that opens: up to
// there an error is an answer. Then the head, with the size of the whole archive; from then on everything is as it was
// planned, or the connection is cut within that size, so that no client can take a short archive for a whole one.
#include <algorithm>

#include "base/cat.h"
#include "gate_http/ids.h"
#include "gate_http/ring.h"
#include "gate_http/routes.h"
#include "gate_http/zip_plan.h"
#include "proto/http/text.h"
#include "proto/zip/writer.h"

namespace bulkhead::gate_http {
namespace {

constexpr std::string_view left_out_name = "NOT_INCLUDED.txt";
constexpr std::size_t archive_name_max = 200;

struct Wish {
  ZipChoice choice;
  std::string name;
};

template <class Id>
Result<void> choose(std::vector<Id>& chosen, Result<Id> id, std::string_view field) {
  if (!id.ok()) return fail(Errc::invalid, cat(field, " must hold ids"));
  if (chosen.size() >= zip_chosen_max)
    return fail(Errc::too_large, cat(field, " may have at most ", zip_chosen_max, " ids"));
  if (std::find(chosen.begin(), chosen.end(), *id) == chosen.end()) chosen.push_back(*id);
  return {};
}

// Ids are digits in a string, as files have them, or numbers, as folders have them.
Result<std::string> id_text(const json::Value& value, std::string_view field) {
  if (value.kind() == json::Value::Kind::string) return value.string();
  if (value.kind() == json::Value::Kind::integer) return cat(value.integer());
  return fail(Errc::invalid, cat(field, " must hold ids"));
}

// "files" and "folders" in the JSON body of a POST; "file" and "folder", each maybe many times, in the query of a GET.
Result<Wish> read_wish(Exchange& exchange) {
  Wish wish;
  if (exchange.head.method == http::Method::post) {
    const json::Value body = TRY(exchange.json_body());
    if (const json::Value* files = TRY(json::read_array(body, "files"))) {
      for (const json::Value& id : files->items())
        TRY(choose(wish.choice.files, file_id(TRY(id_text(id, "files"))), "files"));
    }
    if (const json::Value* folders = TRY(json::read_array(body, "folders"))) {
      for (const json::Value& id : folders->items())
        TRY(choose(wish.choice.folders, folder_id(TRY(id_text(id, "folders"))), "folders"));
    }
    wish.name = TRY(json::read_string(body, "name")).value_or("");
  } else {
    const http::Target& target = exchange.head.target;
    for (const std::string_view id : target.query_all("file")) TRY(choose(wish.choice.files, file_id(id), "file"));
    for (const std::string_view id : target.query_all("folder"))
      TRY(choose(wish.choice.folders, folder_id(id), "folder"));
    wish.name = TRY(target.query_one("name")).value_or("");
  }
  if (wish.choice.files.empty() && wish.choice.folders.empty())
    return fail(Errc::invalid, "files or folders must name something");
  if (wish.name.size() > archive_name_max)
    return fail(Errc::invalid, cat("name may have at most ", archive_name_max, " bytes"));
  if (wish.name.empty()) wish.name = "files.zip";
  if (!http::to_lower(wish.name).ends_with(".zip")) wish.name += ".zip";
  return wish;
}

std::string left_out_text(const ZipPlan& plan) {
  std::string text = "These are not in this archive: you may not read them, or they are not there.\r\n\r\n";
  for (const std::string& what : plan.left_out) text += what + "\r\n";
  return text;
}

// The parts of an archive in their order. `Part` takes each piece of it; `content` the place of a file in the plan,
// whose content follows.
template <class Put, class Content>
Result<void> lay_out(zip::Writer& writer, const ZipPlan& plan, UnixMs now, Put put, Content content) {
  std::vector<std::string> names(plan.members.size());  // as they stand in the archive
  for (std::size_t i = 0; i < plan.members.size(); ++i) {
    const ZipMember& member = plan.members[i];
    if (member.gone) continue;
    const std::string wanted = member.parent == SIZE_MAX ? member.name : cat(names.at(member.parent), "/", member.name);
    zip::Head head = TRY(member.is_folder ? writer.add_folder(wanted, member.modified_ms)
                                          : writer.add_file(wanted, member.modified_ms, member.size));
    names[i] = std::move(head.name);
    TRY(put(ByteView{head.bytes}));
    if (member.is_folder) continue;
    TRY(content(i));
    TRY(put(ByteView{TRY(writer.end_file())}));
  }
  if (!plan.left_out.empty()) {
    const std::string text = left_out_text(plan);
    TRY(put(ByteView{TRY(writer.add_file(left_out_name, now, text.size())).bytes}));
    TRY(writer.count(as_bytes(text)));
    TRY(put(as_bytes(text)));
    TRY(put(ByteView{TRY(writer.end_file())}));
  }
  return put(ByteView{TRY(writer.finish())});
}

Result<std::uint64_t> measure(const ZipPlan& plan, UnixMs now) {
  zip::Writer writer;
  TRY(lay_out(
      writer, plan, now, [](ByteView) { return Result<void>{}; },
      [&](std::size_t) {
        writer.skip_content();
        return Result<void>{};
      }));
  return writer.size();
}

class Archive {
 public:
  Archive(Exchange& exchange, ipc::Channel& porter, ZipPlan plan)
      : exchange_{exchange}, porter_{porter}, plan_{std::move(plan)} {}

  // Opens the first file that may be read, which is the first release. What cannot be read after all is left out.
  Result<void> open_first() {
    for (std::size_t place = 0; place < plan_.members.size(); ++place) {
      ZipMember& member = plan_.members[place];
      if (member.is_folder) continue;
      const Result<std::uint32_t> handle = open(member);
      if (handle.ok()) {
        opened_ = Opened{place, *handle};
        return {};
      }
      const Errc kind = handle.error().kind();
      if (kind != Errc::not_found && kind != Errc::denied && kind != Errc::conflict) return handle.error();
      member.gone = true;
      plan_.leave_out(member.path);
    }
    return {};
  }

  bool has_file() const { return opened_.has_value(); }
  const ZipPlan& plan() const { return plan_; }

  Result<void> send(UnixMs now) {
    zip::Writer writer;
    return lay_out(
        writer, plan_, now, [&](ByteView part) { return exchange_.stream.write_all(part); },
        [&](std::size_t place) { return send_content(writer, place); });
  }

 private:
  struct Opened {
    std::size_t place;
    std::uint32_t handle;
  };

  Result<std::uint32_t> open(const ZipMember& member) {
    const asks::OpenRead::Reply opened = TRY(porter_.ask(asks::OpenRead{member.file, member.version}));
    if (opened.size != member.size) return fail(Errc::io, "the porter opened a file of another size");
    return opened.handle;
  }

  Result<void> send_content(zip::Writer& writer, std::size_t place) {
    const ZipMember& member = plan_.members.at(place);
    const std::uint32_t handle = opened_ && opened_->place == place ? opened_->handle : TRY(open(member));
    RingSource source{porter_, exchange_.ring, handle, 0, member.size};
    for (;;) {
      const ByteView part = TRY(source.next());
      if (part.empty()) break;
      // The slot is shared with the porter, which may be hostile: then the CRC is of other bytes, and the archive says
      // so.
      TRY(writer.count(part));
      TRY(exchange_.stream.write_all(part));
    }
    TRY(porter_.ask(asks::Close{handle}));
    return {};
  }

  Exchange& exchange_;
  ipc::Channel& porter_;
  ZipPlan plan_;
  std::optional<Opened> opened_;
};

}  // namespace

Result<void> download_zip(Exchange& exchange) {
  const Wish wish = TRY(read_wish(exchange));
  ZipPlan plan = TRY(plan_zip(exchange.session.keeper(), wish.choice));
  ipc::Channel* porter = TRY(exchange.session.porter());
  Archive archive{exchange, *porter, std::move(plan)};
  const bool anything = std::any_of(archive.plan().members.begin(), archive.plan().members.end(),
                                    [](const ZipMember& member) { return !member.is_folder; });
  const UnixMs now = unix_now_ms();
  TRY(measure(archive.plan(), now));  // an archive that no format can hold is refused before anything is released
  if (!exchange.head_only()) TRY(archive.open_first());
  const bool has_file = exchange.head_only() ? anything : archive.has_file();
  const bool only_empty_folders = archive.plan().left_out.empty() && !archive.plan().members.empty();
  if (!has_file && !only_empty_folders)
    return fail(Errc::not_found, "nothing of this is there, or you may not read it");
  const std::uint64_t size = TRY(measure(archive.plan(), now));
  http::ResponseHead response{http::Status::ok};
  response.field("Content-Type", "application/zip");
  response.field("Content-Disposition", http::attachment(wish.name));
  response.content_length(size);
  TRY(exchange.start(response));
  return exchange.head_only() ? Result<void>{} : archive.send(now);
}

}  // namespace bulkhead::gate_http
