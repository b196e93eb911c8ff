package api

import "net"

// BelongsTo makes a socket that ListenSocket returned another user's.
func BelongsTo(socket net.Listener, uid int) { socket.(*barring).owner = uid }
