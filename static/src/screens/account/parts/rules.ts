/** The server's rules, told before they are broken; the server is who checks them. */
export const PASSWORD_CHARACTERS = 10;
export const NAME_CHARACTERS = 64;
