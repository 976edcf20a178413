<?php
// What the tests ask of every application: `do` in the query says what.
parse_str($_SERVER['QUERY_STRING'], $query);
switch ($query['do'] ?? '') {
    case 'echo':
        header('Content-Type: application/octet-stream');
        readfile('php://input');
        break;
    case 'big':
        header('Content-Type: text/plain');
        echo str_repeat('x', (int) $query['n']);
        break;
    case 'stderr':
        header('Content-Type: text/plain');
        file_put_contents('php://stderr', "said on stderr\n");
        echo "done\n";
        break;
    case 'missing':
        http_response_code(404);
        header('Content-Type: text/plain');
        echo "not here\n";
        break;
    default:
        header('Content-Type: text/plain');
        header('X-Seen: yes');
        printf("%s %s %s\n", $_SERVER['REQUEST_METHOD'], $_SERVER['REQUEST_URI'], $_SERVER['HTTP_X_NAME'] ?? '');
}
