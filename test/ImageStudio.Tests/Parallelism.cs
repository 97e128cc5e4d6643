// A browser, a server and a training wait for each other less than one after the other.
[assembly: Parallelize(Scope = ExecutionScope.ClassLevel, Workers = 2)]
