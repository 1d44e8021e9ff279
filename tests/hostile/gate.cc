// Stands in for bulkhead-gate-http.
#include "gate_http/sandbox.h"
#include "hostile/taken_gate.h"

int main(int count, char** arguments) {
  return bulkhead::hostile::taken_gate(count, arguments, bulkhead::gate_http::policy());
}
