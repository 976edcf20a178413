/** How to get what the demo is best seen with. */
export const GET_NGINX = 'to see it through a real nginx: apt-get install nginx, or brew install nginx';

/** The line that says why recorded traffic is shown although nothing else was asked for. */
export function noNginxLine(): string {
  return `nginx is not installed: this replays recorded traffic; ${GET_NGINX}`;
}
