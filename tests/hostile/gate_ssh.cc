// Stands in for bulkhead-gate-ssh.
#include "gate_ssh/sandbox.h"
#include "hostile/taken_gate.h"

int main(int count, char** arguments) {
  return bulkhead::hostile::taken_gate(count, arguments, bulkhead::gate_ssh::policy());
}
