<?php
// The application for php-fpm.
if ($_SERVER['REQUEST_METHOD'] === 'POST') {
    $body = strlen(file_get_contents('php://input')) . "\n";
} elseif (str_ends_with($_SERVER['DOCUMENT_URI'], '/16k')) {
    $body = str_repeat('x', 16384);
} else {
    $body = "hello world\n";
}
header('Content-Type: text/plain');
header('Content-Length: ' . strlen($body));
echo $body;
