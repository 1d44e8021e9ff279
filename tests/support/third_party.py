"""How other makers' clients of the REST interface write their requests, byte by byte: order and case of fields, types, dispositions.

A Maker gives the head of a request and the body of a form as its client does; Script (test_third_party_clients.py) says what to ask.
"""
import base64
import json
import urllib.parse


class Maker:
    """name; hash_name and hash_case: how it gives a digest; file_part: the name of its file part."""
    name, hash_name, hash_upper, file_part = "", "sha-256", False, "file"
    list_query = "page={page}&perPage={size}"
    keeps_token_on_redirect = True

    def head(self, host, token, method, path, kind=None, size=None):
        """The head; `size` None is a body of unknown length, 0 none."""
        raise NotImplementedError

    def token_body(self, user, password):
        return urllib.parse.urlencode({"grant_type": "password", "username": user, "password": password}).encode()

    def token_kind(self):
        return "application/x-www-form-urlencoded"

    def json_kind(self):
        return "application/json"

    def json_body(self, thing):
        return json.dumps(thing).encode()

    def json_size(self, body):
        return len(body)

    def upload_size(self, body):
        return len(body)

    def form(self, name, content, texts):
        """(Content-Type, body) of an upload"""
        boundary = self.boundary()
        parts = [f'--{boundary}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode() for key, value in texts.items()]
        file = f'--{boundary}\r\nContent-Disposition: form-data; name="{self.file_part}"; filename="{name}"\r\n{self.file_type()}\r\n'.encode() + content + b"\r\n"
        return f"multipart/form-data; boundary={boundary}", b"".join([*self.order(parts, file), f"--{boundary}--\r\n".encode()])

    def boundary(self):
        return "------------------------d74496d66958873e"

    def file_type(self):
        return "Content-Type: application/octet-stream\r\n"

    def order(self, parts, file):
        return [file, *parts]


def lines(*given):
    return "\r\n".join([*[line for line in given if line], "", ""]).encode()


class PowerShell7(Maker):
    """Invoke-RestMethod and MOVEit.MIT's own HttpClient form on PowerShell 7"""
    name, hash_name, hash_upper = "PowerShell 7", "SHA-256", True
    list_query = "page={page}&perPage={size}&sortField=name&sortDirection=ascending&newOnly=False"

    def head(self, host, token, method, path, kind=None, size=None):
        return lines(f"{method} {path} HTTP/1.1", f"Host: {host}", f"Authorization: Bearer {token}" if token else "", "Accept: application/json",
                     "User-Agent: Mozilla/5.0 (Windows NT 10.0; Microsoft Windows 10.0.20348; en-US) PowerShell/7.4.6", "Accept-Encoding: gzip, deflate, br",
                     "Transfer-Encoding: chunked" if size is None else "", f"Content-Type: {kind}" if kind else "", f"Content-Length: {size}" if kind and size is not None else "")

    def token_body(self, user, password):  # a hashtable: any order; spaces as +
        return f"password={urllib.parse.quote_plus(password)}&grant_type=password&username={urllib.parse.quote_plus(user)}".encode()

    def form(self, name, content, texts):
        """MultipartFormDataContent: nothing in quotes but the boundary, filename* beside filename, type before disposition"""
        boundary = "3f6c8b1e-5a3d-4c0b-9d5e-0a4f6b1c2d3e"
        plain = name if name.isascii() and " " not in name else f'"{name}"' if name.isascii() else '"=?utf-8?B?' + base64.b64encode(name.encode()).decode() + '?="'
        file = (f"--{boundary}\r\nContent-Disposition: form-data; name=file; filename={plain}; filename*=utf-8''{urllib.parse.quote(name)}\r\n"
                "Content-Type: application/octet-stream\r\n\r\n").encode() + content
        parts = [f"--{boundary}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Disposition: form-data; name={key}\r\n\r\n{value}".encode() for key, value in texts.items()]
        return f'multipart/form-data; boundary="{boundary}"', b"\r\n".join([parts[0], file, *parts[1:], f"--{boundary}--\r\n".encode()])

    def upload_size(self, body):
        return None  # in chunks


class WindowsPowerShell(PowerShell7):
    """Invoke-RestMethod on Windows PowerShell 5.1: HttpWebRequest, which waits for 100"""
    name = "Windows PowerShell 5.1"

    def head(self, host, token, method, path, kind=None, size=None):
        has_body = kind is not None
        return lines(f"{method} {path} HTTP/1.1", f"Authorization: Bearer {token}" if token else "", "User-Agent: Mozilla/5.0 (Windows NT; Windows NT 10.0; en-US) WindowsPowerShell/5.1.20348.2849",
                     "Accept: application/json" if token else "", f"Content-Type: {kind}" if has_body else "", f"Host: {host}", "Transfer-Encoding: chunked" if has_body and size is None else "",
                     f"Content-Length: {size}" if has_body and size is not None else "", "Expect: 100-continue" if has_body else "", "" if token else "Connection: Keep-Alive")

    def upload_size(self, body):
        return len(body)


class DotNet(PowerShell7):
    """HttpClient with JsonContent, which is sent in chunks; its redirects lose the token"""
    name, hash_name, hash_upper = ".NET HttpClient", "sha-384", False
    list_query = "page={page}&perPage={size}&sortField=Name&sortDirection=asc"
    keeps_token_on_redirect = False

    def head(self, host, token, method, path, kind=None, size=None):
        return lines(f"{method} {path} HTTP/1.1", f"Host: {host}", "Accept: application/json, application/octet-stream", f"Authorization: Bearer {token}" if token else "",
                     "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00", "Transfer-Encoding: chunked" if size is None else "", f"Content-Type: {kind}" if kind else "",
                     f"Content-Length: {size}" if kind and size is not None else "")

    def json_kind(self):
        return "application/json; charset=utf-8"

    def json_size(self, body):
        return None


class PythonRequests(Maker):
    """requests, as a script in use has it: the token form called JSON, the upload form without a boundary"""
    name, hash_name = "Python requests", "sha-1"
    list_query = "perPage={size}&page={page}&sortField=uploadStamp&sortDirection=desc"

    def head(self, host, token, method, path, kind=None, size=None):
        return lines(f"{method} {path} HTTP/1.1", f"Host: {host}", "User-Agent: python-requests/2.31.0", "Accept-Encoding: gzip, deflate", "Accept: */*", "Connection: keep-alive",
                     f"Content-Type: {kind or 'application/json'}", f"Authorization: Bearer {token}" if token else "", f"Content-Length: {size}" if size or method in ("POST", "PATCH", "DELETE") else "")

    def token_kind(self):
        return "application/json"

    def token_body(self, user, password):  # an f-string: nothing is escaped
        return f"grant_type=password&username={user}&password={password}".encode()

    def boundary(self):
        return "8f0b9d6a4f7e4d1c9a3b2c1d0e5f6a7b"

    def form(self, name, content, texts):
        return "multipart/form-data", super().form(name, content, texts)[1]

    def order(self, parts, file):
        return [*parts, file]

    def file_type(self):
        return ""


class Httr(Maker):
    """R httr over libcurl"""
    name, hash_name = "R httr", "sha-256"
    accept, agent, encoding = "application/json, text/xml, application/xml, */*", "libcurl/7.88.1 r-curl/5.0.0 httr/1.4.5", "deflate, gzip, br"
    get_kind = "multipart/form-data"

    def head(self, host, token, method, path, kind=None, size=None):
        with_body = method in ("POST", "PATCH", "PUT") or kind is not None
        waits = with_body and (size is None or size > 1 << 20)
        return lines(f"{method} {path} HTTP/1.1", f"Host: {host}", f"User-Agent: {self.agent}" if self.agent else "", f"Accept-Encoding: {self.encoding}" if self.encoding else "", f"Accept: {self.accept}",
                     f"Authorization: Bearer {token}" if token else "", f"Content-Type: {kind or self.get_kind}" if kind or self.get_kind else "",
                     ("Transfer-Encoding: chunked" if size is None else f"Content-Length: {size}") if with_body else "", "Expect: 100-continue" if waits else "")

    def token_kind(self):
        return "application/json"

    def token_body(self, user, password):
        return f"grant_type=password&username={user}&password={urllib.parse.quote(password)}".encode()

    def file_type(self):
        return "Content-Type: text/csv\r\n"


class PhpCurl(Httr):
    """PHP curl: JSON without a type of its own, so curl calls it a form; booleans as 1 and 0"""
    name, hash_name, hash_upper = "PHP curl", "sha-512", False
    accept, agent, encoding, get_kind = "*/*", "", "", None
    list_query = "perPage={size}&page={page}&newOnly=0&name="

    def token_kind(self):
        return "application/x-www-form-urlencoded"

    def token_body(self, user, password):
        return Maker.token_body(self, user, password)

    def json_kind(self):
        return "application/x-www-form-urlencoded"

    def json_body(self, thing):  # json_encode escapes slashes and all that is not ASCII
        return json.dumps(thing, separators=(",", ":")).replace("/", "\\/").encode()

    def file_type(self):
        return "Content-Type: application/octet-stream\r\n"


class RegexCpp(PhpCurl):
    """A C++ program on libcurl that looks for members with regular expressions, and uploads in chunks with a part called file1"""
    name, hash_name, file_part = "C++ with regular expressions", "sha-1", "file1"
    list_query = "page={page}&perPage={size}"

    def json_kind(self):
        return "application/json"

    def upload_size(self, body):
        return None


MAKERS = (WindowsPowerShell(), PowerShell7(), DotNet(), PythonRequests(), Httr(), PhpCurl(), RegexCpp())
