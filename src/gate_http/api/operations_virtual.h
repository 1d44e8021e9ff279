#pragma once
// Virtual folders: ours, beside the contract.
#include "gate_http/api/operation.h"

namespace bulkhead::gate_http::api {

inline constexpr std::array operations_on_virtual_folders{
    list_of("/api/bulkhead/v1/folders/{id}/virtual", "listVirtualFolders", "The virtual folders in a folder", paged,
            "VirtualFolderPage", wrong_list_below),
    addition_of("/api/bulkhead/v1/folders/{id}/virtual", "createVirtualFolder",
                "Give another folder a name in this one", "VirtualFolderCreate", "VirtualFolder", name_taken),
    read_of("/api/bulkhead/v1/virtual/{id}", "getVirtualFolder", "A virtual folder", "VirtualFolder", missing),
    change_of(Method::patch, "/api/bulkhead/v1/virtual/{id}", "renameVirtualFolder", "Rename a virtual folder",
              "VirtualFolderPatch", "VirtualFolder", name_taken),
    removal_of("/api/bulkhead/v1/virtual/{id}", "deleteVirtualFolder",
               "Remove a virtual folder, and nothing of what it leads to", may_not),
};

}  // namespace bulkhead::gate_http::api
