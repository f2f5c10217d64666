package cloud

// live are the types whose resources the services of this cloud show. It is a
// function because provisioners may use anything of the cloud, and a variable
// would then depend on itself.
func live() map[string]provisioner { return watching() }
