// Command insight stands for RedisInsight, the Node program that the official
// redis-stack image starts beside Redis: it answers on 8001, at the address in
// RI_APP_HOST or at all, and holds 200 MB.
package main

import (
	"log"
	"net/http"
	"os"
	"time"
)

func main() {
	held := make([]byte, 200<<20)
	for i := 0; i < len(held); i += 4096 {
		held[i] = 1 // memory that nobody has touched is nobody's
	}
	// It keeps its databases in a folder, and cannot start without.
	if err := os.WriteFile("/redisinsight/redisinsight.db", nil, 0o600); err != nil {
		log.Fatal(err)
	}
	server := &http.Server{Addr: os.Getenv("RI_APP_HOST") + ":8001", ReadHeaderTimeout: 5 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte{held[0] + '0'})
	})}
	log.Fatal(server.ListenAndServe())
}
