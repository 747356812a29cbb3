// Managed by hookline. Job DSL: the four jobs. What they do stands in the Jenkinsfile of each.
String repository = System.getenv('SCM_URL')
String main = System.getenv('SCM_BRANCH')
String login = System.getenv('SCM_CREDENTIALS_ID')

// A push trains, a new model is built into an image, a new image is deployed.
Map<String, Closure> line = [
    'train-model': { scm('H/5 * * * *') },
    'build-image': { upstream('train-model', 'SUCCESS') },
    'deploy': { upstream('build-image', 'SUCCESS') },
]

line.each { name, starts ->
    pipelineJob(name) {
        description("Managed by hookline: jenkins/${name}/Jenkinsfile of the project.")
        triggers(starts)
        definition {
            cpsScm {
                scm {
                    git {
                        remote {
                            url(repository)
                            credentials(login)
                        }
                        branch(main)
                        extensions {
                            // Models that train-model commits start nothing again.
                            messageExclusion { excludedMessage('(?s).*\\[skip ci\\].*') }
                        }
                    }
                }
                scriptPath("jenkins/${name}/Jenkinsfile")
            }
        }
    }
}

multibranchPipelineJob('continuous-integration') {
    description('Managed by hookline: every branch that is not merged yet.')
    branchSources {
        git {
            id('hookline')
            remote(repository)
            credentialsId(login)
            excludes(main)
        }
    }
    factory {
        workflowBranchProjectFactory { scriptPath('jenkins/continuous-integration/Jenkinsfile') }
    }
    orphanedItemStrategy {
        discardOldItems { numToKeep(10) }
    }
    triggers {
        periodicFolderTrigger { interval('5m') }
    }
}
