// Package explorer is the page on 8001 of the redis-stack image: what Redis says
// of itself, its keys and its slow log. It stands where the official image has
// RedisInsight, which no package registry carries; it is not RedisInsight.
package explorer

import (
	"context"
	"crypto/tls"
	"log"
	"net/http"
	"os"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	"github.com/redis/go-redis/v9/maintnotifications"

	"speedscale/internal/tlsfiles"
)

// Serve shows on the address listen what the Redis at addr holds, until that
// fails. SHOP_PORT and COMMANDER_PORT are the host's ports that the page points
// to. REDIS_USER and REDIS_PASSWORD_FILE are its login to Redis, PAGE_USER and
// PAGE_PASSWORD_FILE its visitors'. With TLS_CERTIFICATE_FILE, which has the private
// key, too, it speaks https; with TLS_CA_FILE it asks Redis by TLS.
func Serve(listen, addr string) error {
	own, err := loginFrom(os.Getenv, "REDIS_USER", "REDIS_PASSWORD_FILE")
	if err != nil {
		return err
	}
	visitors, err := loginFrom(os.Getenv, "PAGE_USER", "PAGE_PASSWORD_FILE")
	if err != nil {
		return err
	}
	certificate, err := tlsFrom(os.Getenv, "TLS_CERTIFICATE_FILE", tlsfiles.Server)
	if err != nil {
		return err
	}
	trust, err := trustFrom(os.Getenv)
	if err != nil {
		return err
	}
	logging.Disable() // the page itself says what Redis does not answer
	e := newExplorer(connect(addr, own, trust))
	go e.watch(context.Background())
	server := newServer(listen, e.handler(linksFrom(os.Getenv), visitors), certificate)
	if certificate != nil {
		return server.ListenAndServeTLS("", "") // the configuration has it
	}
	return server.ListenAndServe()
}

func newServer(listen string, handler http.Handler, certificate *tls.Config) *http.Server {
	server := &http.Server{
		Addr: listen, Handler: handler, ErrorLog: log.Default(), TLSConfig: certificate, Protocols: new(http.Protocols),
		ReadHeaderTimeout: 5 * time.Second, WriteTimeout: 10 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10,
	}
	server.Protocols.SetHTTP1(true) // HTTP/2 would come with https, and take more memory
	return server
}

func connect(addr string, as login, trust *tls.Config) *redis.Client {
	return redis.NewClient(&redis.Options{
		Addr: addr, TLSConfig: trust, Username: as.user, Password: as.password, ClientName: "explorer", PoolSize: atOnce + 1, // one for the history
		DialTimeout: time.Second, ReadTimeout: time.Second, ContextTimeoutEnabled: true,
		MaxRetries: -1, DialerRetries: 1, // who looks at the page asks again
		ReadBufferSize: 4 << 10, WriteBufferSize: 4 << 10, // the container's memory is for what Redis holds
		DisableIdentity: true, MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
		// A look at a key must not keep it from being evicted. Redis before 7.2 has no
		// such command, and does not matter here.
		OnConnect: func(ctx context.Context, conn *redis.Conn) error {
			_ = conn.Do(ctx, "client", "no-touch", "on").Err()
			return nil
		},
	})
}
