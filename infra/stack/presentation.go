package stack

// presentation declares the page. nginx looks the gateway up at each request,
// so it needs no gateway to start.
func (d *deployment) presentation() error {
	_, err := d.container(d.plan.Frontend, spec{await: true})
	return err
}
