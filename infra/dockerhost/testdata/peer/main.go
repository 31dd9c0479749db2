// Command peer is the far end in the tests of the relay: an echo that says
// goodbye on port 7000, and one that never reads on port 7001, until the echo
// is told to release it.
package main

import (
	"bufio"
	"io"
	"log"
	"net"
	"strings"
)

func main() {
	silent, err := net.Listen("tcp", "127.0.0.1:7001")
	if err != nil {
		log.Fatal(err)
	}
	held := make(chan net.Conn, 100)
	go func() {
		for {
			conn, err := silent.Accept()
			if err != nil {
				log.Fatal(err)
			}
			held <- conn
		}
	}()
	echo, err := net.Listen("tcp", ":7000")
	if err != nil {
		log.Fatal(err)
	}
	for {
		conn, err := echo.Accept()
		if err != nil {
			log.Fatal(err)
		}
		go serve(conn, held)
	}
}

func serve(conn net.Conn, held <-chan net.Conn) {
	defer func() { _ = conn.Close() }()
	lines := bufio.NewReader(conn)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return
		}
		switch line {
		case "bye\n":
			_, _ = io.WriteString(conn, strings.Repeat("last words\n", 10_000))
			return
		case "release\n":
			_ = (<-held).Close()
		}
		if _, err := io.WriteString(conn, line); err != nil {
			return
		}
	}
}
