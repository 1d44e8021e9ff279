# A script as users of R httr write it: client.R BASE USER PASSWORD CA. The last line of its output is JSON.
library(httr)
arguments <- commandArgs(trailingOnly = TRUE)
api <- paste0(arguments[1], "/api/v1")
user <- arguments[2]
set_config(config(cainfo = arguments[4]))

good <- function(answer) { stop_for_status(answer); answer }
body <- paste0("grant_type=password&username=", user, "&password=", URLencode(arguments[3], reserved = TRUE))
token <- content(good(POST(paste0(api, "/token"), body = body, content_type_json())))$access_token
signed <- add_headers(Authorization = paste("Bearer", token))

folders <- content(good(GET(paste0(api, "/folders"), signed, content_type_json())))$items
home <- Filter(function(folder) folder$name == tolower(user), folders)[[1]]$id
files <- sprintf("%s/folders/%d/files", api, home)
digest <- as.character(openssl::sha256(file("up load.bin")))
uploaded <- content(good(POST(files, signed, body = list(file = upload_file("up load.bin"), hashtype = "sha-256", hash = digest), encode = "multipart")))$id
writeLines("small", "small")
for (number in 0:2) {
  invisible(file.rename(if (number == 0) "small" else sprintf("small-%d.txt", number - 1), sprintf("small-%d.txt", number)))
  good(POST(files, signed, body = list(comments = "from R", file = upload_file(sprintf("small-%d.txt", number), "text/csv"))))
}
good(GET(sprintf("%s/%s/download", files, uploaded), signed, content_type("multipart/form-data"), write_disk("down.bin")))
good(PATCH(sprintf("%s/files/%s", api, uploaded), signed, body = list(name = "renamed.bin"), encode = "json"))
names <- c()
page <- 0
total <- 1
while (page != total) {
  list <- content(good(GET(files, signed, query = list(page = page + 1, perPage = 3, sortField = "uploadStamp"))))
  page <- list$paging$page
  total <- list$paging$totalPages
  names <- c(names, vapply(list$items, function(item) item$name, ""))
}
good(DELETE(sprintf("%s/files/%s", api, uploaded), signed))
cat(jsonlite::toJSON(list(home = home, pages = names), auto_unbox = TRUE), "\n")
