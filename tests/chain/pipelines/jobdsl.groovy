// Compiles and runs the controller's Groovy on STUBS of Job DSL and of Jenkins' classes: what is called is noted, and
// what Job DSL does not know, in the block where it stands, is refused.
//
// Usage: jobdsl.groovy jobs.groovy agent_secret.groovy RESULT.json
import groovy.json.JsonOutput

class Known {

    static final Map<String, List> INSIDE = [
        pipelineJob: ['description', 'triggers', 'definition'],
        multibranchPipelineJob: ['description', 'branchSources', 'factory', 'orphanedItemStrategy', 'triggers'],
        triggers: ['scm', 'upstream', 'periodicFolderTrigger'],
        periodicFolderTrigger: ['interval'],
        definition: ['cpsScm'],
        cpsScm: ['scm', 'scriptPath'],
        scm: ['git'],
        remote: ['url', 'credentials'],
        extensions: ['messageExclusion'],
        messageExclusion: ['excludedMessage'],
        branchSources: ['git'],
        factory: ['workflowBranchProjectFactory'],
        workflowBranchProjectFactory: ['scriptPath'],
        orphanedItemStrategy: ['discardOldItems'],
        discardOldItems: ['numToKeep'],
    ]
    static final Map<String, List> GIT = [
        scm: ['remote', 'branch', 'extensions'],
        branchSources: ['id', 'remote', 'credentialsId', 'excludes'],
    ]

}

class Node {

    final Map<String, Object> noted = [:]
    private final String name
    private final List known

    Node(String name, List known) {
        this.name = name
        this.known = known
    }

    def invokeMethod(String verb, Object arguments) {
        if (!(verb in known)) {
            throw new IllegalStateException("Job DSL knows no ${verb} in ${name}")
        }
        def words = (arguments as List).collect { it instanceof GString ? it.toString() : it }
        if (words && words.last() instanceof Closure) {
            noted[verb] = read(verb, verb == 'git' ? Known.GIT[name] : Known.INSIDE[verb], words.last())
        } else {
            noted[verb] = words.size() == 1 ? words[0] : words
        }
        null
    }

    static Map read(String name, List known, Closure body) {
        def node = new Node(name, known)
        def copy = body.clone() as Closure
        copy.delegate = node
        copy.resolveStrategy = Closure.DELEGATE_FIRST
        copy()
        node.noted
    }

}

def jobs = [:]
def binding = new Binding()
['pipelineJob', 'multibranchPipelineJob'].each { kind ->
    binding.setVariable(kind) { name, Closure body ->
        jobs[name.toString()] = [kind: kind] + Node.read(kind, Known.INSIDE[kind], body)
    }
}
new GroovyShell(this.class.classLoader, binding).evaluate(new File(args[0]))

def classes = new GroovyClassLoader(this.class.classLoader)
classes.parseClass('package hudson.model\nclass Computer { }')
classes.parseClass('package hudson.slaves\nclass SlaveComputer extends hudson.model.Computer { String jnlpMac }')
classes.parseClass('''package jenkins.model
class Jenkins {
    static Jenkins get() { new Jenkins() }
    hudson.model.Computer getComputer(String name) { new hudson.slaves.SlaveComputer(jnlpMac: "the secret of ${name}") }
}''')
def script = new GroovyShell(classes).parse(new File(args[1]).text.replace('/var/lib/hookline-agent', new File(args[2]).parent))
script.run()

new File(args[2]).text = JsonOutput.toJson(jobs)
