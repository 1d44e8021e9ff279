<?php
// A script as users of PHP curl write it: client.php BASE USER PASSWORD CA. The last line of its output is JSON.
[, $base, $user, $password, $ca] = $argv;
$api = "$base/api/v1";
$token = '';

function ask(string $method, string $url, $body = null): array {
    global $ca, $token;
    $curl = curl_init($url);
    curl_setopt_array($curl, [CURLOPT_CAINFO => $ca, CURLOPT_RETURNTRANSFER => true, CURLOPT_FOLLOWLOCATION => true,
                              CURLOPT_CUSTOMREQUEST => $method, CURLOPT_HTTPHEADER => $token ? ["Authorization: Bearer $token"] : []]);
    if ($body !== null) curl_setopt($curl, CURLOPT_POSTFIELDS, $body);
    $answer = curl_exec($curl);
    if ($answer === false) throw new Exception(curl_error($curl));
    $status = curl_getinfo($curl, CURLINFO_RESPONSE_CODE);
    curl_close($curl);
    if ($status >= 400) throw new Exception("$method $url: $status $answer");
    return [$status, $answer];
}
function object(array $answer) { return json_decode($answer[1]); }
function upload(string $folder, string $path, string $name) {
    global $api;
    return object(ask('POST', "$api/folders/$folder/files", ['hashtype' => 'SHA-512', 'hash' => hash_file('sha512', $path),
                                                             'file' => new CURLFile($path, 'application/octet-stream', $name)]));
}

$token = object(ask('POST', "$api/token", http_build_query(['grant_type' => 'password', 'username' => $user, 'password' => $password])))->access_token;
$home = object(ask('GET', "$api/users/self"))->homeFolderID;
$uploaded = upload($home, 'up load.bin', 'up load.bin')->id;
file_put_contents('small', 'small');
for ($number = 0; $number < 3; $number++) upload($home, 'small', "small-$number.txt");
file_put_contents('down.bin', ask('GET', "$api/folders/$home/files/$uploaded/download")[1]);
ask('PATCH', "$api/files/$uploaded", json_encode(['name' => 'renamed.bin', 'isNew' => 'false']));
$pages = [];
$page = 0;
do {
    $list = object(ask('GET', "$api/folders/$home/files?" . http_build_query(['page' => ++$page, 'perPage' => 3, 'newOnly' => false])));
    foreach ($list->items as $item) $pages[] = $item->name;
} while ($page != $list->paging->totalPages);
$folder = object(ask('POST', "$api/folders/$home/subfolders", json_encode(['name' => 'inner'])))->id;
ask('DELETE', "$api/folders/$home/subfolders/$folder");  // curl keeps the method over the redirect
ask('DELETE', "$api/files/$uploaded");
echo json_encode(['home' => $home, 'pages' => $pages]), "\n";
