// What a form gives back is within its limits, and written anew with every byte escaped it reads the same.
#include "base/cat.h"
#include "base/die.h"
#include "base/encode.h"
#include "proto/http/form.h"

using namespace bulkhead;
using namespace bulkhead::http;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

std::string escaped(ByteView bytes) {
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); ++i) out += cat("%", to_hex(bytes.subspan(i, 1)));
  return out;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Result<Form> form = Form::parse({data, size});
  if (!form.ok()) return 0;
  ENSURE(size <= form_max && form->pairs().size() <= form_pairs_max);
  std::string text;
  for (const Form::Pair& pair : form->pairs()) {
    ENSURE(!pair.name.empty() && form->find(pair.name) == as_text(pair.value.view()));
    text += cat(text.empty() ? "" : "&", escaped(as_bytes(pair.name)), "=", escaped(pair.value.view()));
  }
  if (text.size() > form_max) return 0;
  const Result<Form> again = Form::parse(as_bytes(text));
  ENSURE(again.ok() && again->pairs().size() == form->pairs().size());
  for (std::size_t i = 0; i < form->pairs().size(); ++i) {
    ENSURE(again->pairs()[i].name == form->pairs()[i].name);
    ENSURE(as_text(again->pairs()[i].value.view()) == as_text(form->pairs()[i].value.view()));
  }
  return 0;
}
